import Foundation
import TestSupport

/// A process of another user that holds many connections to the API which never complete a request.
final class IdleUsers: @unchecked Sendable {
    private static let program = """
        import socket, struct, sys
        held = []
        for _ in range(int(sys.argv[2])):
            held.append(socket.socket(socket.AF_UNIX))
            # Waits while the backlog is full, unlike a socket with a timeout of Python's, and gives up once nothing is accepted.
            held[-1].setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 2, 0))
            try:
                held[-1].connect(sys.argv[1])
            except OSError:
                break
            try:
                held[-1].send(b"GET /healthz HTTP/1.1\\r\\nx: ")
            except OSError:
                pass
        print("ready", flush=True)
        sys.stdin.read()
        """

    private let process: ChildProcess
    private let input = Pipe()

    /// Opens the connections, and returns when they are open or refused. Needs root and util-linux.
    init(_ count: Int, to path: String, as user: UInt32) throws {
        let output = Pipe()
        self.process = try ChildProcess(
            "/usr/bin/env",
            [
                "prlimit", "--nofile=20000:20000", "setpriv", "--reuid=\(user)", "--regid=\(user)", "--clear-groups",
                "/usr/bin/python3", "-c", Self.program, path, "\(count)",
            ],
            input: self.input.fileHandleForReading,
            output: output.fileHandleForWriting
        )
        try output.fileHandleForWriting.close()
        let line = output.fileHandleForReading.availableData
        guard String(decoding: line, as: UTF8.self).hasPrefix("ready") else {
            throw UnixHTTPConnection.Failure(description: "the idle user \(user) did not start")
        }
    }

    deinit {
        try? self.input.fileHandleForWriting.close()
        self.process.wait()
    }
}
