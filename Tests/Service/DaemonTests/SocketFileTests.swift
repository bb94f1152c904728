import Foundation
import TestSupport
import Testing

@testable import Daemon

@Suite struct SocketFileTests {
    @Test func onlyTheServicesOwnFileIsRemoved() throws {
        let folder = try ScratchFolder()
        let path = try folder.file("socket", "")
        let file = try #require(SocketFile(path: path))
        // Another service took the path in the meantime.
        try FileManager.default.removeItem(atPath: path)
        let keeper = try folder.file("keeper", "")
        _ = try folder.file("socket", "")
        file.remove()
        #expect(FileManager.default.fileExists(atPath: path))
        #expect(FileManager.default.fileExists(atPath: keeper))
        SocketFile(path: path)?.remove()
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(SocketFile(path: path) == nil)
    }
}
