import Foundation
import TestSupport
import Testing

/// The manual pages and completions, as `make install` writes them.
@Suite struct ManualPagesTests {
    private static let groff = FileManager.default.isExecutableFile(atPath: "/usr/bin/groff")

    private static func installed() async throws -> ScratchFolder {
        let folder = try ScratchFolder(mode: 0o755)
        let places = ["usr", "etc", "usr/lib/systemd/system", "usr/lib/sysusers.d", "usr/lib/tmpfiles.d"]
        let finished = try await Programs.run(
            "\(Programs.package)/scripts/install.sh",
            ["install", Programs.folder, folder.path] + places.map { "/\($0)" }
        )
        try #require(finished.status == 0, "\(finished.errors)")
        return folder
    }

    @Test func everyCommandHasAPageWithItsOptions() async throws {
        let folder = try await Self.installed()
        let pages = "\(folder.path)/usr/share/man/man1"
        let commands = [
            "run", "check", "tasks", "cancel", "info", "config", "doctor", "packages", "n8n", "n8n-check", "mcp",
            "serve",
        ]
        let names = try FileManager.default.contentsOfDirectory(atPath: pages)
        for command in commands { #expect(names.contains("terrarium-\(command).1"), "\(command)") }
        let run = try String(contentsOfFile: "\(pages)/terrarium-run.1", encoding: .utf8)
        for option in ["\\-\\-items", "\\-\\-format", "\\-q", "  124  timed out"] {
            #expect(run.contains(option), "\(option)")
        }
        // An uninstallation leaves none.
        let removed = try await Programs.run(
            "\(Programs.package)/scripts/install.sh",
            ["uninstall", "-", folder.path, "/usr", "/etc"]
                + ["/usr/lib/systemd/system", "/usr/lib/sysusers.d", "/usr/lib/tmpfiles.d"]
        )
        #expect(removed.status == 0, "\(removed.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: pages).isEmpty)
    }

    @Test(.enabled(if: Self.groff)) func groffHasNoComplaint() async throws {
        let folder = try await Self.installed()
        let command = "groff -ww -man -Tutf8 -z '\(folder.path)'/usr/share/man/man1/*.1"
        let checked = try await Programs.run("/bin/sh", ["-c", command])
        #expect(checked.status == 0 && checked.errors.isEmpty, "\(checked.errors)")
        // The control: a macro that does not exist is found.
        let spoilt = try folder.file("spoilt.1", ".TH A 1\n.NOSUCH\n")
        let complaint = try await Programs.run("/bin/sh", ["-c", "groff -ww -man -Tutf8 -z '\(spoilt)'"])
        #expect(!complaint.errors.isEmpty)
    }

    @Test func bashCompletesCommandsAndFiles() async throws {
        let folder = try await Self.installed()
        let script = "\(folder.path)/usr/share/bash-completion/completions/terrarium"
        let complete = { (line: String) in
            """
            source '\(script)'
            COMP_LINE='\(line)'; COMP_POINT=${#COMP_LINE}; read -ra COMP_WORDS <<<"$COMP_LINE"
            [[ $COMP_LINE == *' ' ]] && COMP_WORDS+=('')
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMP_TYPE=9; COMP_KEY=9
            function=$(complete -p terrarium | sed 's/.*-F \\([^ ]*\\).*/\\1/')
            "$function" terrarium "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        }
        let commands = try await Programs.run("/bin/bash", ["-c", complete("terrarium ch")])
        #expect(commands.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) } == ["check"])
        _ = try folder.file("task.py", "return []")
        let files = try await Programs.run("/bin/bash", ["-c", complete("terrarium run ta")], folder: folder.path)
        #expect(files.output.contains("task.py"), "\(files.output)\(files.errors)")
    }
}
