import Foundation
import TestSupport
import Testing

@testable import Daemon

/// Packages that another version of Python, or another machine, has installed.
@Suite struct ForeignPackagesTests {
    private static let machine = PackageFolders.CompiledModule.ownMachine

    @Test(arguments: [
        ("_x.cpython-311-x86_64-linux-gnu.so", "3.11", "x86_64"),
        ("_x.cpython-39-aarch64-linux-gnu.so", "3.9", "aarch64"),
        ("_x.cpython-313t-x86_64-linux-gnu.so", "3.13t", "x86_64"), ("_x.cpython-314.so", "3.14", nil),
    ])
    func theNameOfACompiledModuleHasItsVersion(name: String, version: String, machine: String?) throws {
        let module = try #require(PackageFolders.CompiledModule(path: "/a.b/\(name)"))
        #expect(module.version == version && module.machine == machine && module.path == "/a.b/\(name)")
    }

    @Test(arguments: ["_x.abi3.so", "_x.so", "x.cpython-311.pyc", "libx.so.3", ".cpython-.so", "_x.cpython-.so"])
    func otherFilesHaveNone(name: String) {
        #expect(PackageFolders.CompiledModule(path: "/folder/\(name)") == nil)
    }

    /// Makes empty files, with their folders.
    private static func folder(_ files: String...) throws -> ScratchFolder {
        let folder = try ScratchFolder(mode: 0o755)
        for file in files {
            let path = URL(fileURLWithPath: "\(folder.path)/\(file)")
            try FileManager.default.createDirectory(
                at: path.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data().write(to: path)
        }
        return folder
    }

    private static func faults(_ folder: ScratchFolder, _ version: String) -> [String] {
        PackageFolders(folders: ["/nowhere", folder.path]).foreignFaults(version: version)
    }

    @Test func aPackageOfAnotherVersionIsNamedWithItsFirstFile() throws {
        let folder = try Self.folder(
            "fast/core/_b.cpython-311-\(Self.machine)-linux-gnu.so",
            "fast/core/_a.cpython-311-\(Self.machine)-linux-gnu.so",
            "_backend.cpython-311-\(Self.machine)-linux-gnu.so",
            "plain/__init__.py",
            "fast-1.0.dist-info/METADATA"
        )
        let found = Self.faults(folder, "3.13.5")
        #expect(found.count == 2, "\(found)")
        #expect(found.first?.hasPrefix("the package _backend in \(folder.path) is for Python 3.11 on ") == true)
        let file = "\(folder.path)/fast/core/_a.cpython-311-\(Self.machine)-linux-gnu.so"
        #expect(
            found.last?.contains("fast in \(folder.path) is for Python 3.11 on \(Self.machine) (\(file))") == true
        )
        // The control: for this version nothing is foreign.
        #expect(Self.faults(folder, "3.11.2").isEmpty)
    }

    @Test func aPackageOfAnotherMachineIsNamed() throws {
        let folder = try Self.folder("fast/_a.cpython-311-s390x-linux-gnu.so")
        #expect(Self.faults(folder, "3.11.2").first?.contains("is for Python 3.11 on s390x") == true)
    }

    /// Several versions can share a folder.
    @Test func aPackageThatHasThisVersionTooIsNotForeign() throws {
        let folder = try Self.folder(
            "fast/_a.cpython-311-\(Self.machine)-linux-gnu.so",
            "fast/deep/_a.cpython-313-\(Self.machine)-linux-gnu.so"
        )
        #expect(Self.faults(folder, "3.13.5").isEmpty)
        #expect(Self.faults(folder, "3.14.0").count == 1)
    }

    @Test func manyPackagesAreCounted() throws {
        let folder = try ScratchFolder(mode: 0o755)
        for index in 0..<12 { _ = try folder.file("m\(index).cpython-39-\(Self.machine)-linux-gnu.so", "") }
        let found = Self.faults(folder, "3.11.2")
        #expect(found.count == 10 && found.last == "3 more packages are for another Python or machine", "\(found)")
        try FileManager.default.removeItem(atPath: "\(folder.path)/m0.cpython-39-\(Self.machine)-linux-gnu.so")
        try FileManager.default.removeItem(atPath: "\(folder.path)/m1.cpython-39-\(Self.machine)-linux-gnu.so")
        #expect(Self.faults(folder, "3.11.2").allSatisfy { $0.hasPrefix("the package m") })
    }

    @Test func theServiceWarnsAtItsStartAndAfterAReload() async throws {
        let site = try Self.folder("fast/_a.cpython-39-\(Self.machine)-linux-gnu.so", "fast/__init__.py")
        let other = try Self.folder("slow/_a.cpython-38-\(Self.machine)-linux-gnu.so", "slow/__init__.py")
        let folder = try ScratchFolder()
        func lines(_ site: ScratchFolder, _ name: String) -> String {
            "TERRARIUM_SITE_PACKAGES=\(site.path)\nTERRARIUM_EXTERNAL_ALLOW=\(name)\nTERRARIUM_PRELOAD=none\n"
        }
        let file = try folder.file("runner.conf", lines(site, "fast"))
        let daemon = try await TestSupport.Daemon.start(arguments: ["--config", file])
        while !daemon.log.contains("the package fast in \(site.path) is for Python 3.9") {
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(!daemon.log.contains("the package slow"))
        _ = try folder.file("runner.conf", lines(other, "slow"))
        #expect(try await daemon.request("POST", "/v1/reload").status == 200)
        while !daemon.log.contains("the package slow in \(other.path) is for Python 3.8") {
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
