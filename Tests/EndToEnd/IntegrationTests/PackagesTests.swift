import Foundation
import TestSupport
import Testing

/// Packages that are imported ahead, and tasks that do without.
@Suite struct PackagesTests {
    /// A package that can tell whether it was imported in the process that asks it.
    private static func sitePackages() throws -> ScratchFolder {
        let folder = try ScratchFolder(mode: 0o755)
        let package = "import os\nIMPORTER = os.getpid()\ndef imported_here(): return os.getpid() == IMPORTER\n"
        _ = try folder.file("heavy.py", package)
        return folder
    }

    private static func daemon(_ folder: ScratchFolder, _ settings: [String: String] = [:]) async throws -> Daemon {
        let packages = ["TERRARIUM_SITE_PACKAGES": folder.path, "TERRARIUM_EXTERNAL_ALLOW": "heavy"]
        return try await Daemon.start(packages.merging(settings) { $1 })
    }

    private static let named = "import heavy\nreturn {'here': heavy.imported_here()}"
    private static let ahead = #"[{"json":{"here":false}}]"#
    private static let byTheTask = #"[{"json":{"here":true}}]"#

    @Test func aTaskThatNamesAPackageFindsItImportedAndOthersForkWithoutIt() async throws {
        let folder = try Self.sitePackages()
        let daemon = try await Self.daemon(folder)
        let named = try await daemon.run(Self.named)
        #expect(named.items == Self.ahead, "\(named.text)")
        // The guess is wrong for a name that is put together; the import itself works all the same.
        let hidden = try await daemon.run("return {'here': __import__('hea' + 'vy').imported_here()}")
        #expect(hidden.items == Self.byTheTask, "\(hidden.text)")
        let page = try await daemon.request("GET", "/metrics")
        #expect(String(decoding: page.body, as: UTF8.self).contains("\nterrarium_fork_servers 2\n"))
    }

    @Test func withoutPreloadThereIsOneForkServerAndTheTaskImports() async throws {
        let folder = try Self.sitePackages()
        let daemon = try await Self.daemon(folder, ["TERRARIUM_PRELOAD": "none"])
        let named = try await daemon.run(Self.named)
        #expect(named.items == Self.byTheTask, "\(named.text)")
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
