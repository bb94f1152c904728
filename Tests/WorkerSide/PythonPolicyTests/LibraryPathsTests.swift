import Foundation
import TestSupport
import Testing

@testable import PythonPolicy

/// Which file names count as library code.
@Suite struct LibraryPathsTests {
    private let paths = LibraryPaths(standardLibrary: ["/usr/lib/python3"], sitePackages: ["/opt/site/"])

    @Test func aFileBelowALibraryFolderIsLibraryCode() {
        #expect(self.paths.origin(ofFile: "/usr/lib/python3/email/message.py") == .standard("email/message.py"))
        #expect(self.paths.origin(ofFile: "/opt/site/numpy/core.py") == .external)
        #expect(self.paths.origin(ofFile: "<frozen importlib._bootstrap>") == .standard("importlib/_bootstrap.py"))
    }

    @Test func whatOnlyResemblesALibraryFileIsNot() {
        for path in ["/usr/lib/python3x/a.py", "/usr/lib/python3", "<task>", "<frozen x", "frozen x>", "", "email.py"] {
            #expect(self.paths.origin(ofFile: path) == nil, "\(path)")
        }
    }

    @Test func aPathWithParentsIsTheFileThatItNames() throws {
        let folder = try ScratchFolder().path
        let files = FileManager.default
        try files.createDirectory(atPath: "\(folder)/a/b", withIntermediateDirectories: true)
        try files.createDirectory(atPath: "\(folder)/a/c", withIntermediateDirectories: true)
        try files.createDirectory(atPath: "\(folder)/elsewhere/d", withIntermediateDirectories: true)
        try files.createSymbolicLink(atPath: "\(folder)/a/link", withDestinationPath: "\(folder)/elsewhere/d")
        #expect(LibraryPaths.withoutParents("\(folder)/a/b/.././c") == "\(folder)/a/c")
        #expect(LibraryPaths.withoutParents("\(folder)/a..b/c") == nil)
        #expect(LibraryPaths.withoutParents("/a/b") == "/a/b")
        #expect(LibraryPaths.withoutParents("a/../b") == nil)
        #expect(LibraryPaths.withoutParents("\(folder)/a/b/../no") == nil)
        // The parent of what the link names is another folder than that of the link.
        #expect(LibraryPaths.withoutParents("\(folder)/a/link/../c") == nil)
        #expect(LibraryPaths.withoutParents("\(folder)/a/link/..") == nil)
    }

    @Test func theFoldersThemselvesAreContained() {
        #expect(self.paths.contain("/opt/site"))
        #expect(self.paths.contain("/usr/lib/python3/json"))
        #expect(!self.paths.contain("/opt"))
        #expect(!self.paths.contain("/opt/site-packages"))
    }
}
