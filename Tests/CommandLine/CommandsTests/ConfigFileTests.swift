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
}
