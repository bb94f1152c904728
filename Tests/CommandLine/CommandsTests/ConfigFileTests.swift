import Foundation
import TestSupport
import Testing

@testable import Commands

@Suite struct ConfigFileTests {
    @Test func theInstalledFileIsReadWhereItIs() throws {
        let folder = try ScratchFolder()
        let path = "\(folder.path)/runner.conf"
        #expect(FileChoice(installed: path) == .none)
        _ = try folder.file("runner.conf", "TERRARIUM_QUEUE_LIMIT=9\n")
        #expect(FileChoice(installed: path).path == path)
        #expect(ConfigCommand.installedFile == "/etc/terrarium/runner.conf")
    }

    @Test(.enabled(if: getuid() != 0)) func aFileOfOthersIsNamed() throws {
        let folder = try ScratchFolder()
        let path = try folder.file("runner.conf", "")
        chmod(path, 0)
        #expect(FileChoice(installed: path) == .forbidden(path))
    }

    /// Unlike the file they are those that serve.
    @Test func theSettingsOfTheRunningServiceAreShown() async throws {
        let folder = try ScratchFolder()
        let bridge = "TERRARIUM_AUTH_TOKEN=hunter2\nTERRARIUM_TASK_BROKER_URI=http://127.0.0.1:1\n"
        let first = "TERRARIUM_STDLIB_ALLOW=re\n\(bridge)"
        let file = try folder.file("runner.conf", first)
        let daemon = try await Daemon.start(["TERRARIUM_QUEUE_LIMIT": "7"], arguments: ["--config", file])
        let environment = ["TERRARIUM_SOCKET": daemon.socketPath]
        func rows() async throws -> [String] {
            let shown = try await Programs.run(Programs.terrarium, ["config", "--service"], environment: environment)
            #expect(shown.status == 0 && !shown.output.contains("hunter2"), "\(shown)")
            return shown.output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        }
        var shown = try await rows()
        #expect(shown.contains("TERRARIUM_STDLIB_ALLOW \(file):1, TERRARIUM_STDLIB_ALLOW re"), "\(shown)")
        #expect(shown.contains("TERRARIUM_QUEUE_LIMIT environment, TERRARIUM_QUEUE_LIMIT 7"))
        #expect(shown.contains("TERRARIUM_TASK_TIMEOUT default 60"))
        // A change of the file is shown when it serves: after a reload, or not before a restart.
        _ = try folder.file("runner.conf", "TERRARIUM_MAX_CONCURRENCY=3\n" + first.replacing("=re", with: "=json"))
        #expect(try await rows().contains { $0.hasSuffix("TERRARIUM_STDLIB_ALLOW re") })
        #expect(try await daemon.request("POST", "/v1/reload").status == 200)
        shown = try await rows()
        #expect(shown.contains("TERRARIUM_STDLIB_ALLOW \(file):2, TERRARIUM_STDLIB_ALLOW json"), "\(shown)")
        #expect(shown.contains("TERRARIUM_MAX_CONCURRENCY default 5"), "\(shown)")
        let json = try await Programs.run(
            Programs.terrarium,
            ["config", "--service", "--json"],
            environment: environment
        )
        #expect(json.output.hasPrefix(#"[{"setting":"TERRARIUM_STDLIB_ALLOW","value":"json","from":"#), "\(json)")
        for others in [["--check"], ["--example"], ["--config", file]] {
            #expect(try await Programs.run(Programs.terrarium, ["config", "--service"] + others).status == 2)
        }
    }
}
