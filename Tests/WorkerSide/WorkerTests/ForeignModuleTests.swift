import Foundation
import TestSupport
import Testing

@testable import Worker

@Suite struct ForeignModuleTests {
    @Test(arguments: [
        ("_x.cpython-311-x86_64-linux-gnu.so", "3.11"), ("_x.cpython-39-aarch64-linux-gnu.so", "3.9"),
        ("_x.cpython-313t-x86_64-linux-gnu.so", "3.13t"), ("_x.cpython-314.so", "3.14"),
    ])
    func theNameOfACompiledModuleHasItsVersion(name: String, version: String) {
        #expect(ForeignModule.version(ofFile: name) == version)
    }

    @Test(arguments: ["_x.abi3.so", "_x.so", "x.cpython-311.pyc", "libx.so.3", ".cpython-.so", "_x.cpython-.so"])
    func otherFilesHaveNone(name: String) {
        #expect(ForeignModule.version(ofFile: name) == nil)
    }

    /// Makes empty files, with their folders.
    private static func folder(_ files: String...) throws -> ScratchFolder {
        let folder = try ScratchFolder()
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

    @Test func aPackageOfAnotherVersionIsFoundByItsFirstFile() throws {
        let folder = try Self.folder(
            "fast/core/_b.cpython-311-x86_64-linux-gnu.so",
            "fast/core/_a.cpython-311-x86_64-linux-gnu.so",
            "plain/__init__.py"
        )
        let first = "\(folder.path)/fast/core/_a.cpython-311-x86_64-linux-gnu.so"
        func find(_ package: String, _ version: String) -> ForeignModule? {
            ForeignModule.first(of: package, in: ["/nowhere", folder.path], version: version)
        }
        #expect(find("fast.core", "3.13.5") == ForeignModule(path: first, version: "3.11"))
        #expect(find("fast", "3.11.2") == nil)
        #expect(find("plain", "3.13.5") == nil)
        #expect(find("missing", "3.13.5") == nil)
    }

    /// Several versions can share a folder.
    @Test func aPackageThatHasThisVersionTooIsNotForeign() throws {
        let folder = try Self.folder(
            "fast/_a.cpython-311-x86_64-linux-gnu.so",
            "fast/_a.cpython-313-x86_64-linux-gnu.so"
        )
        #expect(ForeignModule.first(of: "fast", in: [folder.path], version: "3.13.5") == nil)
        #expect(ForeignModule.first(of: "fast", in: [folder.path], version: "3.14.0") != nil)
    }
}
