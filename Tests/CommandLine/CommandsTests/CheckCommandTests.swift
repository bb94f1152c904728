import Foundation
import TestSupport
import Testing

/// `terrarium check` over files and folders, against a real service.
@Suite struct CheckCommandTests {
    private static let daemon = Task { try await Daemon.start() }

    private func check(_ arguments: String..., input: String? = nil) async throws -> Programs.Finished {
        let environment = ["TERRARIUM_SOCKET": try await Self.daemon.value.socketPath]
        return try await Programs.run(Programs.terrarium, ["check"] + arguments, environment: environment, input: input)
    }

    private static func tree() throws -> ScratchFolder {
        let folder = try ScratchFolder()
        for below in ["sub", ".hidden", "__pycache__"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder.path)/\(below)",
                withIntermediateDirectories: false
            )
            _ = try folder.file("\(below)/bad.py", "import os, sys\n")
        }
        _ = try folder.file("good.py", "return _items\n")
        _ = try folder.file("notes.txt", "import os\n")
        return folder
    }

    @Test func foldersAreSearchedForPythonFiles() async throws {
        let folder = try Self.tree()
        let checked = try await self.check(folder.path)
        #expect(checked.status == 4)
        #expect(checked.errors.contains(" --> \(folder.path)/sub/bad.py:1:8\n"), "\(checked.errors)")
        #expect(checked.errors.contains(" --> \(folder.path)/sub/bad.py:1:12\n"), "\(checked.errors)")
        #expect(checked.errors.hasSuffix("2 violations in 1 of 2 files\n"), "\(checked.errors)")
        #expect(checked.output.isEmpty)
        // Controls: a file that is named is checked whatever its name is, and what is fine is silent.
        #expect(try await self.check("\(folder.path)/good.py", "\(folder.path)/notes.txt").status == 4)
        let good = try await self.check("\(folder.path)/good.py")
        #expect(good.status == 0 && good.errors.isEmpty)
    }

    @Test func theFindingsAreOneJSONDocument() async throws {
        let folder = try Self.tree()
        let checked = try await self.check("\(folder.path)/good.py", "\(folder.path)/sub", "--format", "json")
        #expect(checked.status == 4 && checked.errors.isEmpty)
        let tree = try JSONSerialization.jsonObject(with: Data(checked.output.utf8)) as? [String: Any]
        let files = try #require(tree?["files"] as? [[String: Any]])
        #expect(files.map { $0["file"] as? String } == ["\(folder.path)/good.py", "\(folder.path)/sub/bad.py"])
        let violations = try #require(files.last?["violations"] as? [[String: Any]])
        #expect(violations.map { $0["construct"] as? String } == ["import os", "import sys"])
        #expect((files.first?["violations"] as? [Any])?.isEmpty == true)
        // The control: the same from standard input, with --json.
        let piped = try await self.check("-", "--json", input: "return _items")
        #expect(piped.status == 0)
        #expect(piped.output == #"{"files":[{"file":"<stdin>","violations":[],"hints":[]}]}"# + "\n", "\(piped.output)")
    }

    @Test func aFolderWithoutPythonIsBadInput() async throws {
        let folder = try ScratchFolder()
        let empty = try await self.check(folder.path)
        #expect(empty.status == 2)
        #expect(empty.errors == "error: \(folder.path) has no file whose name ends in .py\n")
        #expect(try await self.check().status == 2)
        #expect(try await self.check("-c", "return 1", "x.py").status == 2)
    }
}
