import Foundation
import Glibc
import TestSupport

/// A pipe for a log, whose reader reads when the test says so.
final class LogPipe: Sendable {
    /// The fewest bytes that Linux gives a pipe.
    static let size = 4096

    let reading: FileHandle
    let writing: FileHandle

    init(filled: Int = 0) throws {
        let pipe = Pipe()
        self.reading = pipe.fileHandleForReading
        self.writing = pipe.fileHandleForWriting
        // A service that another test starts must not hold an end open.
        for end in [self.reading, self.writing] { _ = fcntl(end.fileDescriptor, F_SETFD, FD_CLOEXEC) }
        // F_SETPIPE_SZ of fcntl(2), which the module map of glibc does not show.
        guard fcntl(self.writing.fileDescriptor, 1031, CInt(Self.size)) == Self.size else {
            throw UnixHTTPConnection.Failure(description: "F_SETPIPE_SZ: errno \(errno)")
        }
        if filled > 0 { try self.writing.write(contentsOf: Data(repeating: UInt8(ascii: "."), count: filled)) }
    }

    var descriptor: CInt { self.writing.fileDescriptor }

    /// How many bytes can be read at once.
    var available: Int {
        var count: CInt = 0
        _ = ioctl(self.reading.fileDescriptor, UInt(FIONREAD), &count)
        return Int(count)
    }

    /// Reads what comes, up to the end of the stream, on a thread of its own.
    func readToEnd() async throws -> String {
        try await offloaded { String(decoding: try self.reading.readToEnd() ?? Data(), as: UTF8.self) }
    }

    /// Reads until a line has `text`.
    func read(upTo text: String) async throws -> String {
        try await offloaded {
            var data = Data()
            while !String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
                .dropLast().contains(where: { $0.contains(text) })
            {
                let part = self.reading.availableData
                guard !part.isEmpty else { break }
                data += part
            }
            return String(decoding: data, as: UTF8.self)
        }
    }
}
