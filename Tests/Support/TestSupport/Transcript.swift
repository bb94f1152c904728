import Foundation
import Testing

/// Commands and what they print, as text that is kept: a line that begins with `$ ` is a command, `> ` continues it, and below
/// it is what both streams show. The commands are run again and the whole text is compared.
///
/// With `TERRARIUM_WRITE_GOLDEN=1` the file is rewritten instead; the difference is what is reviewed.
public struct Transcript: Sendable {
    /// All variables of the commands but `PATH`, which has the programs under test.
    public var environment: [String: String] = [:]
    /// What differs from run to run, and what stands for it.
    public var replacements: [(pattern: String, with: String)] = []
    /// What runs before the commands and is not shown.
    public var prologue = ""
    /// The files that the commands find in /root of a copy of this machine's root, in which they run then; needs root.
    public var ownRoot: [String]?
    /// Whether an exit code other than 0 is shown, as `[4]`.
    public var showsExitCodes = false

    public init() {}

    /// Whether the files are written and not compared.
    public static var isWriting: Bool { ProcessInfo.processInfo.environment["TERRARIUM_WRITE_GOLDEN"] != nil }

    /// A text as it is parsed: what stands in front of each command, and its lines.
    private static func parse(_ text: String) -> [(remark: String, lines: [String])] {
        var commands: [(remark: String, lines: [String])] = []
        var remark = ""
        var isCommand = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.hasPrefix("$ ") {
                commands.append((remark, [line]))
                remark = ""
                isCommand = true
            } else if isCommand, line.hasPrefix("> ") {
                commands[commands.count - 1].lines.append(line)
            } else {
                isCommand = false
                guard line.hasPrefix("#") else { continue }
                remark += (remark.isEmpty && !commands.isEmpty ? "\n" : "") + line + "\n"
            }
        }
        return commands
    }

    /// The texts with what their commands show now. All of them run in one shell, in a folder of their own. Lines that begin with `#`
    /// stay.
    public func rerun(_ texts: [String]) async throws -> [String] {
        let parsed = texts.map(Self.parse)
        let commands = parsed.flatMap { $0 }.map { $0.lines.map { $0.dropFirst(2) }.joined(separator: "\n") }
        var shown = try await self.run(commands)[...]
        return parsed.map { commands in
            commands.map { command in
                command.remark + command.lines.joined(separator: "\n") + "\n" + (shown.popFirst() ?? "")
            }
            .joined()
        }
    }

    private func run(_ commands: [String]) async throws -> [String] {
        let folder = try ScratchFolder(mode: 0o755)
        let mark = "@@ end of a command @@"
        let status = self.showsExitCodes ? "[ $status = 0 ] || echo \"[$status]\"\n" : ""
        let script = commands.map { "(exit $status)\n\($0)\nstatus=$?\n\(status)printf '\\n\(mark)\\n'\n" }.joined()
        let all = "set +e\n\(self.prologue)\n{ status=0\n\(script)} 2>&1\n"
        var command = ["-c", all]
        if let files = self.ownRoot {
            let inside = "\(Programs.package)/Tests/EndToEnd/PackagingScripts/in-own-root.sh"
            try FileManager.default.createDirectory(atPath: "\(folder.path)/root", withIntermediateDirectories: false)
            command = [inside, "\(folder.path)/root", try folder.file("transcript.sh", all)] + files
        }
        let finished = try await Programs.run(
            "/bin/sh",
            command,
            environment: self.environment.merging(["PATH": "\(Programs.folder):/usr/bin:/bin"]) { own, _ in own },
            folder: folder.path
        )
        let outputs = finished.output.components(separatedBy: "\n\(mark)\n").dropLast()
        return outputs.map { output in
            var text = output.replacing(folder.path, with: "FOLDER")
            for (pattern, replacement) in self.replacements {
                text = text.replacingOccurrences(of: pattern, with: replacement, options: .regularExpression)
            }
            while text.hasSuffix("\n") { text.removeLast() }
            return text.isEmpty ? "" : text + "\n"
        }
    }

    /// Compares a file with what its commands show now, or rewrites it. Of a document the blocks with the mark `fence`, such as
    /// `console`, are transcripts; without one all of the file is.
    public func check(_ path: String, fence: String? = nil) async throws {
        let old = try String(contentsOfFile: path, encoding: .utf8)
        // Texts in front of, between and behind the blocks.
        var texts: [String] = [""]
        var blocks: [String] = [old]
        if let fence {
            let parts = old.components(separatedBy: "```\(fence)\n")
            texts = [parts[0]]
            blocks = []
            for part in parts.dropFirst() {
                let end = try #require(part.range(of: "```")).lowerBound
                blocks.append(String(part[..<end]))
                texts.append(String(part[end...]))
            }
        }
        var new = texts[0]
        for (block, text) in zip(try await self.rerun(blocks), texts.dropFirst() + (fence == nil ? [""] : [])) {
            new += (fence.map { "```\($0)\n" } ?? "") + block + text
        }
        if Self.isWriting {
            try new.write(toFile: path, atomically: true, encoding: .utf8)
        } else {
            let differences = new.split(separator: "\n").difference(from: old.split(separator: "\n"))
            #expect(new == old, "\(path): \(differences)")
        }
    }
}
