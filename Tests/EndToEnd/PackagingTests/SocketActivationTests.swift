import Foundation
import Glibc
import TestSupport
import Testing

/// The service as the service manager starts it: with a socket that is there already.
@Suite struct SocketActivationTests {
    private static let activator = "/usr/bin/systemd-socket-activate"

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: Self.activator)))
    func theFirstConnectionStartsTheServiceOnTheSocketItCameIn() async throws {
        let folder = try ScratchFolder()
        let path = "\(folder.path)/socket"
        let log = "\(folder.path)/log"
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        let process = try ChildProcess(
            Self.activator,
            ["--listen=\(path)", Programs.terrarium, "serve"],
            // A socket of its own would be somewhere else.
            environment: ["PATH": "/usr/bin:/bin", "TERRARIUM_SOCKET": "\(folder.path)/elsewhere"],
            output: FileHandle.nullDevice,
            errors: FileHandle(forWritingTo: URL(fileURLWithPath: log))
        )
        let inode = try await offloaded {
            // The activator says so once it listens: a connection before that would be refused.
            func isListening() throws -> Bool {
                try String(contentsOfFile: log, encoding: .utf8).contains("Listening on")
            }
            while process.isRunning, try !isListening() {
                usleep(10_000)
            }
            return try Self.inode(path)
        }
        let reply = try await offloaded {
            let connection = try UnixHTTPConnection(path: path)
            try connection.send("POST", "/v1/run", body: Daemon.body("return [{'n': 7}]"))
            return try connection.receive()
        }
        #expect(reply.json["outcome"] as? String == "succeeded", "\(reply.text)")
        #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/elsewhere"))

        // The activator has become the service. Ended, it leaves the socket to whoever made it.
        process.terminate()
        let status = try await offloaded { process.wait() }
        let text = try String(contentsOfFile: log, encoding: .utf8)
        #expect(status == 0, "\(text)")
        #expect(try Self.inode(path) == inode)
    }

    private static func inode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return try #require(attributes[.systemFileNumber] as? Int)
    }
}
