import Foundation
import TestSupport
import Testing

/// Packages that are imported ahead, and tasks that do without.
@Suite struct PackagesTests {
    /// A package that takes a second and a half to import.
    private static func sitePackages() throws -> ScratchFolder {
        let folder = try ScratchFolder(mode: 0o755)
        _ = try folder.file("heavy.py", "import time\ntime.sleep(1.5)\nVALUE = 7\n")
        return folder
    }

    private static func daemon(_ folder: ScratchFolder, _ settings: [String: String] = [:]) async throws -> Daemon {
        let packages = ["TERRARIUM_SITE_PACKAGES": folder.path, "TERRARIUM_EXTERNAL_ALLOW": "heavy"]
        return try await Daemon.start(packages.merging(settings) { $1 })
    }

    private static func milliseconds(_ reply: UnixHTTPConnection.Reply) throws -> Double {
        let usage = try #require(reply.json["usage"] as? [String: Any])
        return try #require(usage["wall_ms"] as? Double)
    }

    @Test func aTaskThatNamesAPackageFindsItImportedAndOthersForkWithoutIt() async throws {
        let folder = try Self.sitePackages()
        let daemon = try await Self.daemon(folder)
        let named = try await daemon.run("import heavy\nreturn {'v': heavy.VALUE}")
        #expect(named.json["outcome"] as? String == "succeeded", "\(named.json)")
        #expect(try Self.milliseconds(named) < 1500)
        // The guess is wrong for a name that is put together; the import itself works all the same.
        let hidden = try await daemon.run("return {'v': __import__('hea' + 'vy').VALUE}")
        #expect(hidden.json["outcome"] as? String == "succeeded", "\(hidden.json)")
        #expect(try Self.milliseconds(hidden) >= 1500)
        let page = try await daemon.request("GET", "/metrics")
        #expect(String(decoding: page.body, as: UTF8.self).contains("\nterrarium_fork_servers 2\n"))
    }

    @Test func withoutPreloadThereIsOneForkServerAndTheTaskImports() async throws {
        let folder = try Self.sitePackages()
        let daemon = try await Self.daemon(folder, ["TERRARIUM_PRELOAD": "none"])
        let named = try await daemon.run("import heavy\nreturn {'v': heavy.VALUE}")
        #expect(named.json["outcome"] as? String == "succeeded", "\(named.json)")
        #expect(try Self.milliseconds(named) >= 1500)
        let page = try await daemon.request("GET", "/metrics")
        #expect(String(decoding: page.body, as: UTF8.self).contains("\nterrarium_fork_servers 1\n"))
    }

    @Test func aDeadlineHoldsForATaskWithAPackage() async throws {
        let folder = try Self.sitePackages()
        let daemon = try await Self.daemon(folder)
        let stopped = try await daemon.run("import heavy\nwhile True: pass", timeout: 200)
        #expect(stopped.json["outcome"] as? String == "timed_out")
    }
}
