import Foundation
import TestSupport
import Testing

/// The units, as `make install` writes them.
@Suite struct UnitTests {
    private static let tools = FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze")

    /// Installs the programs and the units below a folder of the test's own, as for a system with that prefix.
    private static func install(into folder: ScratchFolder) async throws -> String {
        let script = "\(Programs.package)/scripts/install.sh"
        let prefix = "\(folder.path)/usr"
        let units = "\(prefix)/lib/systemd/system"
        let installed = try await Programs.run(
            script,
            [
                "install", Programs.folder, "", prefix, "\(folder.path)/etc", units, "\(prefix)/lib/sysusers.d",
                "\(prefix)/lib/tmpfiles.d",
            ]
        )
        try #require(installed.status == 0, "\(installed.errors)")
        return units
    }

    @Test(.enabled(if: Self.tools)) func theUnitsHaveNoMistakes() async throws {
        let folder = try ScratchFolder(mode: 0o755)
        let units = try await Self.install(into: folder)
        let names = ["\(units)/terrarium.service", "\(units)/terrarium.socket"]
        let verified = try await Programs.run("/usr/bin/systemd-analyze", ["verify"] + names)
        #expect(verified.status == 0)
        let complaints = verified.errors.split(separator: "\n").filter { $0.contains("terrarium") }
        #expect(complaints.isEmpty, "\(complaints)")

        // The control: a mistake is found.
        let service = try String(contentsOfFile: names[0], encoding: .utf8)
        try service.replacing("ProtectHome=yes", with: "ProtectHoem=yes")
            .write(toFile: names[0], atomically: true, encoding: .utf8)
        let spoilt = try await Programs.run("/usr/bin/systemd-analyze", ["verify", names[0]])
        #expect(spoilt.errors.contains("ProtectHoem"), "\(spoilt.errors)")
    }

    @Test(.enabled(if: Self.tools)) func theServiceIsHardenedAsFarAsForkServersAllow() async throws {
        let folder = try ScratchFolder(mode: 0o755)
        let unit = "\(try await Self.install(into: folder))/terrarium.service"
        let hardened = try await Self.exposure(unit)
        #expect(hardened <= 3.0, "exposure \(hardened)")

        // The control: without its hardening the figure is another.
        let bare = try String(contentsOfFile: unit, encoding: .utf8).split(separator: "\n")
            .filter { !$0.hasPrefix("Protect") && !$0.hasPrefix("Private") && !$0.hasPrefix("Capability") }
        try bare.joined(separator: "\n").write(toFile: unit, atomically: true, encoding: .utf8)
        #expect(try await Self.exposure(unit) > hardened + 1)
    }

    /// `systemd-analyze security`'s figure, from 0 to 10.
    private static func exposure(_ unit: String) async throws -> Double {
        let report = try await Programs.run(
            "/usr/bin/systemd-analyze",
            ["security", "--offline=true", "--no-pager", unit]
        )
        let line = try #require(report.output.split(separator: "\n").last { $0.contains("Overall exposure level") })
        return try #require(line.split(separator: " ").compactMap { Double($0) }.first, "\(line)")
    }

    @Test func everyPlaceIsFilledIn() async throws {
        let folder = try ScratchFolder(mode: 0o755)
        let units = try await Self.install(into: folder)
        for file in ["\(units)/terrarium.service", "\(units)/terrarium.socket"] {
            let text = try String(contentsOfFile: file, encoding: .utf8)
            #expect(!text.contains("@PREFIX@") && !text.contains("@SYSCONFDIR@"), "\(file)")
            #expect(text.contains(folder.path))
        }
        let owners = "\(folder.path)/usr/lib/tmpfiles.d/terrarium.conf"
        #expect(
            try String(contentsOfFile: owners, encoding: .utf8).contains("\(folder.path)/etc/terrarium/runner.conf")
        )
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/etc/terrarium/runner.conf")
        // It may hold tokens.
        #expect((attributes[.posixPermissions] as? Int) == 0o640)
    }
}
