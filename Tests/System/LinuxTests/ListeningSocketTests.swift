import Foundation
import Glibc
import Linux
import Testing

@Suite struct ListeningSocketTests {
    let folder: String

    init() throws {
        self.folder = "/tmp/terrarium-listen-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        try FileSystem.makeFolder(self.folder, mode: 0o700)
    }

    private func cleanUp() { try? FileManager.default.removeItem(atPath: self.folder) }

    @Test(arguments: [UInt32(0o600), 0o660, 0o666])
    func theFileHasTheModeAskedForWhateverTheMask(_ mode: UInt32) throws {
        defer { self.cleanUp() }
        let path = self.folder + "/socket"
        let socket = try ListeningSocket.bind(path: path, mode: mode)
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(UInt32(status.st_mode) & 0o7777 == mode)
        #expect(fcntl(socket.rawValue, F_GETFD) == FD_CLOEXEC)
    }

    @Test func aLiveServiceIsNamedAndLeftAlone() throws {
        defer { self.cleanUp() }
        let path = self.folder + "/socket"
        let first = try ListeningSocket.bind(path: path, mode: 0o600)
        let expected = ListenError.inUse(
            path: path,
            holder: PeerCredentials(pid: getpid(), uid: getuid(), gid: getgid())
        )
        #expect(throws: expected) { _ = try ListeningSocket.bind(path: path, mode: 0o600) }
        #expect(expected.description.contains("process \(getpid()) of user \(getuid())"))
        withExtendedLifetime(first.rawValue) {}
    }

    @Test func theSocketOfADeadServiceIsReplaced() throws {
        defer { self.cleanUp() }
        let path = self.folder + "/socket"
        do {
            _ = try ListeningSocket.bind(path: path, mode: 0o600)
        }
        #expect(FileSystem.kind(of: path) == .file)
        let second = try ListeningSocket.bind(path: path, mode: 0o600)
        #expect(second.rawValue >= 0)
    }

    @Test func whatIsNotASocketIsLeftAlone() throws {
        defer { self.cleanUp() }
        let path = self.folder + "/file"
        try "precious".write(toFile: path, atomically: false, encoding: .utf8)
        #expect(throws: ListenError.notASocket(path: path)) { _ = try ListeningSocket.bind(path: path, mode: 0o600) }
        #expect(try FileSystem.readText(path) == "precious")
    }

    @Test func pathsThatCannotBeAreTheirOwnErrors() throws {
        defer { self.cleanUp() }
        let long = self.folder + "/" + String(repeating: "x", count: 108 - self.folder.utf8.count - 1)
        #expect(throws: ListenError.pathTooLong(path: long, bytes: 108, maximum: 107)) {
            _ = try ListeningSocket.bind(path: long, mode: 0o600)
        }
        #expect(throws: ListenError.parentFolderMissing(path: "/nonexistent/socket")) {
            _ = try ListeningSocket.bind(path: "/nonexistent/socket", mode: 0o600)
        }
        // The control: one byte less is a path.
        let longest = String(long.dropLast())
        #expect(try ListeningSocket.bind(path: longest, mode: 0o600).rawValue >= 0)
    }

    @Test func twoServicesAtOnceGetOneSocket() async throws {
        defer { self.cleanUp() }
        let path = self.folder + "/socket"
        do { _ = try ListeningSocket.bind(path: path, mode: 0o600) }
        // Eight at a leftover of a dead one: exactly one may have it.
        let won = try await withThrowingTaskGroup(of: CInt?.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    do throws(ListenError) {
                        return try ListeningSocket.bind(path: path, mode: 0o600).release()
                    } catch {
                        guard case .inUse = error else { throw error }
                        return nil
                    }
                }
            }
            var won: [CInt] = []
            for try await case let socket? in group { won.append(socket) }
            return won
        }
        #expect(won.count == 1)
        for socket in won { close(socket) }
    }

    @Test func aLockOnTheFolderThatSomebodyHoldsKeepsNobodyOut() throws {
        defer { self.cleanUp() }
        let path = self.folder + "/socket"
        let folder = OwnedDescriptor(owning: open(self.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        #expect(flock(folder.rawValue, LOCK_EX | LOCK_NB) == 0)
        let socket = try ListeningSocket.bind(path: path, mode: 0o600)
        #expect(throws: ListenError.self) { _ = try ListeningSocket.bind(path: path, mode: 0o600) }
        withExtendedLifetime(socket.rawValue) {}
        withExtendedLifetime(folder.rawValue) {}
    }

    @Test func inheritedSocketsAreTakenCheckedAndMadeCloseOnExec() async throws {
        defer { self.cleanUp() }
        await #expect(processExitsWith: .success) {
            let path = "/tmp/terrarium-inherit-\(getpid())"
            let socket = try ListeningSocket.bind(path: path, mode: 0o600)
            defer { unlink(path) }
            // As a service manager leaves it.
            dup2(socket.rawValue, 3)
            setenv("LISTEN_PID", "\(getpid())", 1)
            setenv("LISTEN_FDS", "1", 1)
            let inherited = try ListeningSocket.inherited()
            if inherited != [3] || fcntl(3, F_GETFD) != FD_CLOEXEC { exit(2) }
            // Once only.
            let again = try ListeningSocket.inherited()
            if getenv("LISTEN_FDS") != nil || !again.isEmpty { exit(3) }

            // Meant for another process.
            setenv("LISTEN_PID", "1", 1)
            setenv("LISTEN_FDS", "1", 1)
            if !(try ListeningSocket.inherited()).isEmpty { exit(4) }

            // Not a socket that listens.
            let null = open("/dev/null", O_RDONLY)
            dup2(null, 3)
            setenv("LISTEN_PID", "\(getpid())", 1)
            setenv("LISTEN_FDS", "1", 1)
            do {
                _ = try ListeningSocket.inherited()
                exit(5)
            } catch ListenError.inheritedUnusable(descriptor: 3) {}
        }
    }
}
