import Foundation
import Settings
import TestSupport
import Testing

@testable import Client

@Suite struct SocketSearchTests {
    private func find(_ option: String?, _ environment: [String: String]) throws -> SocketSearch.Finding {
        try SocketSearch.find(option: option, environment: environment, uid: getuid())
    }

    @Test func theOptionWinsOverTheEnvironment() throws {
        #expect(try self.find("/a", ["TERRARIUM_SOCKET": "/b"]) == .named("/a"))
        #expect(try self.find(nil, ["TERRARIUM_SOCKET": "/b"]) == .named("/b"))
        #expect(try self.find(nil, ["TERRARIUM_SOCKET": "none"]) == .disabled)
        #expect(throws: SettingsError.self) { try self.find(nil, ["TERRARIUM_SOCKET": "relative"]) }
        #expect(throws: SettingsError.self) { try self.find("", [:]) }
        // Another variable of the service's is none of the client's business.
        #expect(try self.find(nil, ["TERRARIUM_SOCKET": "/b", "TERRARIUM_NONSENSE": "1"]) == .named("/b"))
    }

    @Test func theUsersSocketIsFoundWhereItIs() throws {
        let folder = try ScratchFolder()
        let environment = ["XDG_RUNTIME_DIR": folder.path]
        let before = try self.find(nil, environment)
        #expect(before == .absent || before == .found(SocketLocation.system.path))
        let path = try folder.file("terrarium.sock", "")
        #expect(try self.find(nil, environment) == .found(path))
    }

    @Test func aFolderInTmpIsTrustedOnlyWhenItIsOnesOwn() throws {
        // A user id that nobody has, so that its folder is this test's.
        let uid: UInt32 = 3_999_999_999
        let location = SocketLocation.user(uid, environment: [:])
        let folder = try #require(location.privateFolder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        chmod(folder, 0o700)
        #expect(FileManager.default.createFile(atPath: location.path, contents: nil))
        // The folder belongs to whoever runs the test, not to that user.
        let finding = try SocketSearch.find(option: nil, environment: [:], uid: uid)
        #expect(finding != .found(location.path))
    }

    @Test func theServiceAndItsClientsAgree() {
        #expect(SocketLocation.service(0, environment: [:]) == .system)
        #expect(SocketLocation.service(5, environment: [:]).path == "/tmp/terrarium-5/terrarium.sock")
        #expect(
            SocketLocation.service(5, environment: ["XDG_RUNTIME_DIR": "/run/user/5"]).path
                == "/run/user/5/terrarium.sock"
        )
        let system = SocketLocation.service(5, environment: ["RUNTIME_DIRECTORY": "/run/terrarium"])
        #expect(system == .system)
    }
}
