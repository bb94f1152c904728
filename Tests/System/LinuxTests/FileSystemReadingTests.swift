import Foundation
import Glibc
import Linux
import Testing

@Suite struct FileSystemReadingTests {
    private let folder: String

    init() throws {
        self.folder = FileManager.default.temporaryDirectory.path + "/terrarium-read-\(UUID().uuidString)"
        try FileSystem.makeFolder(self.folder, mode: 0o700)
    }

    private func cleanUp() { try? FileManager.default.removeItem(atPath: self.folder) }

    private func file(_ name: String, bytes: Int) throws -> String {
        let path = "\(self.folder)/\(name)"
        try Data(repeating: 0x78, count: bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test func aFileIsReadUpToItsBoundAndNotBeyond() throws {
        defer { self.cleanUp() }
        let path = try self.file("a", bytes: 100_000)
        #expect(try FileSystem.readBytes(path, maximum: 100_000).count == 100_000)
        #expect(throws: FileReadError.tooLarge(limit: 99_999)) { try FileSystem.readBytes(path, maximum: 99_999) }
        #expect(try FileSystem.readBytes(try self.file("empty", bytes: 0), maximum: 0).isEmpty)
        // A file of /proc says that it has no bytes.
        #expect(try !FileSystem.readBytes("/proc/self/status", maximum: 1 << 20).isEmpty)
        #expect(throws: FileReadError.tooLarge(limit: 10)) {
            try FileSystem.readBytes("/proc/self/status", maximum: 10)
        }
    }

    @Test func whatIsMissingHasItsErrno() {
        defer { self.cleanUp() }
        #expect(throws: FileReadError.failed(SystemError("open", ENOENT))) {
            try FileSystem.readBytes("\(self.folder)/none", maximum: 1)
        }
    }

    @Test(.timeLimit(.minutes(10))) func whatIsNoRegularFileIsRefusedWithoutWaiting() throws {
        defer { self.cleanUp() }
        let fifo = "\(self.folder)/fifo"
        try #require(mkfifo(fifo, 0o600) == 0)
        for (path, kind) in [(fifo, "a FIFO"), (self.folder, "a directory"), ("/dev/zero", "a device")] {
            #expect(throws: FileReadError.notRegular(kind: kind)) { try FileSystem.readBytes(path, maximum: 1 << 20) }
        }
        #expect(throws: FileReadError.notRegular(kind: "a directory")) {
            try FileSystem.read(self.folder, maximum: 1, accepting: .streams)
        }
    }

    @Test(.timeLimit(.minutes(10))) func aFIFOIsReadToItsEndWhereStreamsAreAccepted() async throws {
        defer { self.cleanUp() }
        let fifo = "\(self.folder)/fifo"
        try #require(mkfifo(fifo, 0o600) == 0)
        let path = fifo
        let writer = Thread {
            // Opening waits for the reader, as the reader waits for this.
            let descriptor = open(path, O_WRONLY)
            _ = write(descriptor, "hello", 5)
            close(descriptor)
        }
        writer.start()
        let contents = try FileSystem.read(fifo, maximum: 5, accepting: .streams)
        #expect(contents.bytes == Array("hello".utf8))
    }

    @Test(
        arguments: [
            (0o600, nil), (0o640, nil), (0o400, nil), (0o604, "any account can read it"),
            (0o660, "its group can write to it"),
            (0o666, "any account can write to it"),
        ] as [(UInt32, String?)]
    )
    func theModeTellsWhoElseCanReachAFile(mode: UInt32, exposure: String?) throws {
        defer { self.cleanUp() }
        let path = try self.file("a", bytes: 1)
        try #require(chmod(path, mode) == 0)
        let contents = try FileSystem.read(path, maximum: 1)
        #expect(contents.mode == mode)
        #expect(contents.exposure == exposure)
    }
}
