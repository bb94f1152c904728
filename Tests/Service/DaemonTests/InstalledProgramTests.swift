import Foundation
import TestSupport
import Testing

@testable import Daemon

@Suite struct InstalledProgramTests {
    @Test func theWorkerIsFoundBesideTheProgramOrWherePackagesPutIt() throws {
        let folder = try ScratchFolder()
        let files = FileManager.default
        for path in ["bin", "libexec/terrarium"] {
            try files.createDirectory(atPath: "\(folder.path)/\(path)", withIntermediateDirectories: true)
        }
        let program = "\(folder.path)/bin/terrarium"
        let error = #expect(throws: ServiceStartError.self) { try InstalledProgram.path(besideProgramAt: program) }
        #expect(error?.message.contains("\(folder.path)/bin/terrarium-worker") == true)
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o755]
        let packaged = "\(folder.path)/libexec/terrarium/terrarium-worker"
        _ = files.createFile(atPath: packaged, contents: nil, attributes: attributes)
        #expect(try InstalledProgram.path(besideProgramAt: program) == packaged)
        let beside = "\(folder.path)/bin/terrarium-worker"
        _ = files.createFile(atPath: beside, contents: nil, attributes: attributes)
        #expect(try InstalledProgram.path(besideProgramAt: program) == beside)
    }
}
