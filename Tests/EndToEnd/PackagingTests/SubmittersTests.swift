import Foundation
import Glibc
import TestSupport
import Testing

/// Who may submit tasks, and who may read the settings with the tokens in them: two groups.
@Suite struct SubmittersTests {
    private static let isRoot = getuid() == 0
    private static let tool = FileManager.default.isExecutableFile(atPath: "/usr/bin/dpkg-deb")
    private static let scripts = "\(Programs.package)/Tests/EndToEnd/PackagingScripts"

    private static func text(_ path: String) throws -> String {
        try String(contentsOfFile: "\(Programs.package)/\(path)", encoding: .utf8)
    }

    @Test func theSocketIsOfAnotherGroupThanTheSettings() throws {
        let socket = try Self.text("packaging/systemd/terrarium.socket").split(separator: "\n")
        #expect(socket.contains("SocketGroup=terrarium-users") && socket.contains("SocketMode=0660"))
        // systemd gives all of a runtime folder of another owner's to the service, the socket in it as well.
        #expect(
            socket.contains("ExecStartPre=/usr/bin/install -d -o terrarium -g terrarium -m 0755 /run/terrarium")
        )
        let service = try Self.text("packaging/systemd/terrarium.service").split(separator: "\n")
        #expect(service.contains("Group=terrarium") && service.contains("SupplementaryGroups=terrarium-users"))
        #expect(try Self.text("packaging/tmpfiles.d/terrarium.conf").contains("runner.conf 0640 root terrarium - -\n"))
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-sysusers") && Self.isRoot))
    func theServicesGroupHasNoMembersAndTheSubmittersGroupExists() async throws {
        let folder = try ScratchFolder(mode: 0o755)
        try FileManager.default.createDirectory(atPath: "\(folder.path)/etc", withIntermediateDirectories: true)
        let file = "\(Programs.package)/packaging/sysusers.d/terrarium.conf"
        // Twice: an upgrade finds what the first run made.
        for _ in 0..<2 {
            let made = try await Programs.run("/usr/bin/systemd-sysusers", ["--root=\(folder.path)", file])
            try #require(made.status == 0, "\(made.errors)")
        }
        let groups = try String(contentsOfFile: "\(folder.path)/etc/group", encoding: .utf8).split(separator: "\n")
        let members = Dictionary(
            uniqueKeysWithValues: groups.map { line in
                let fields = line.split(separator: ":", omittingEmptySubsequences: false)
                return (String(fields[0]), String(fields[3]))
            }
        )
        #expect(members["terrarium"] == "")
        #expect(members["terrarium-users"] == "")
    }

    @Test func installingOverAFileThatEveryoneMayReadRepairsItsModeAndKeepsItsText() async throws {
        let folder = try ScratchFolder(mode: 0o755)
        let configuration = "\(folder.path)/etc"
        let settings = "\(configuration)/terrarium/runner.conf"
        try FileManager.default.createDirectory(atPath: "\(configuration)/terrarium", withIntermediateDirectories: true)
        try "TERRARIUM_AUTH_TOKEN=secret\n".write(toFile: settings, atomically: false, encoding: .utf8)
        chmod(settings, 0o644)
        let places = ["usr", "etc", "usr/lib/systemd/system", "usr/lib/sysusers.d", "usr/lib/tmpfiles.d"]
        let installed = try await Programs.run(
            "\(Programs.package)/scripts/install.sh",
            ["install", Programs.folder, folder.path] + places.map { "/\($0)" }
        )
        try #require(installed.status == 0, "\(installed.errors)")
        let attributes = try FileManager.default.attributesOfItem(atPath: settings)
        #expect((attributes[.posixPermissions] as? Int) == 0o640)
        #expect(try String(contentsOfFile: settings, encoding: .utf8) == "TERRARIUM_AUTH_TOKEN=secret\n")
    }

    /// With real packages and users, in a copy of this machine's root.
    @Test(.enabled(if: Self.isRoot && Self.tool), .timeLimit(.minutes(10)))
    func anUpgradeMovesSubmittersToTheirOwnGroupAndTakesTheTokensFromThem() async throws {
        let folder = try ScratchFolder(mode: 0o755)
        let built = try await Programs.run(
            "\(Programs.package)/scripts/deb.sh",
            [Programs.folder, folder.path, "--allow-unpackaged"]
        )
        try #require(built.status == 0, "\(built.errors)")
        let new = "\(folder.path)/new.deb"
        try FileManager.default.moveItem(
            atPath: built.output.trimmingCharacters(in: .whitespacesAndNewlines),
            toPath: new
        )
        let old = "\(folder.path)/old.deb"
        let aged = try await Programs.run("\(Programs.package)/scripts/old-layout.sh", [new, old])
        try #require(aged.status == 0, "\(aged.errors)")

        let mount = "\(folder.path)/mount"
        try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: true)
        let upgraded = try await Programs.run(
            "\(Self.scripts)/in-own-root.sh",
            [mount, "\(Self.scripts)/upgrade-of-groups.sh", old, new]
        )
        #expect(upgraded.status == 0, "\(upgraded.output) \(upgraded.errors)")
        #expect(upgraded.output.hasSuffix("=== all is well\n"), "\(upgraded.output)")
    }
}
