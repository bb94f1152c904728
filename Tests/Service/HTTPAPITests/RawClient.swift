import Foundation
import Glibc
import NIOPosix

/// A client that sends just the bytes it is given, on a socket of its own, so that it can misbehave.
///
/// Its calls block threads of NIO's pool for blocking work, not those that run the tests.
final class RawClient: Sendable {
    struct Response: Sendable {
        var status: Int
        var fields: [String: String]
        var body: String
    }

    struct Unexpected: Error, CustomStringConvertible {
        var description: String
    }

    private let socket: CInt

    static func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await NIOThreadPool.singleton.runIfActive(body)
    }

    init(_ path: String) async throws {
        self.socket = try await Self.blocking {
            let socket = Glibc.socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            guard result == 0 else {
                let code = errno
                Glibc.close(socket)
                throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO)
            }
            // Nothing here takes this long; a server that does not answer fails the test instead of hanging it.
            var timeout = timeval(tv_sec: 300, tv_usec: 0)
            setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
            setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
            return socket
        }
    }

    static func request(_ method: String, _ target: String, body: String? = nil, fields: String = "") -> String {
        let length = body.map { "content-length: \($0.utf8.count)\r\n" } ?? ""
        return "\(method) \(target) HTTP/1.1\r\nhost: x\r\n\(length)\(fields)\r\n\(body ?? "")"
    }

    func close() async {
        _ = try? await Self.blocking { Glibc.close(self.socket) }
    }

    /// Closes the sending side.
    func finishSending() async throws {
        _ = try await Self.blocking { shutdown(self.socket, CInt(SHUT_WR)) }
    }

    func send(_ text: String) async throws {
        try await Self.blocking {
            var bytes = Array(text.utf8)[...]
            while !bytes.isEmpty {
                let count = bytes.withUnsafeBytes {
                    Glibc.send(self.socket, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
                }
                guard count > 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
                bytes = bytes.dropFirst(count)
            }
        }
    }

    /// Whether the server has closed the connection, after reading and dropping what is left.
    func isAtEnd() async throws -> Bool {
        try await Self.blocking {
            while true {
                guard let byte = try self.byte() else { return true }
                _ = byte
            }
        }
    }

    /// Reads some bytes, and drops them.
    ///
    /// - Returns: How many; nil at the end.
    func piece(upTo size: Int) async throws -> Int? {
        try await Self.blocking {
            var buffer = [UInt8](repeating: 0, count: size)
            let count = recv(self.socket, &buffer, size, 0)
            guard count >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
            return count > 0 ? count : nil
        }
    }

    /// Reads one line and drops its end.
    func line() async throws -> String {
        try await Self.blocking { try self.readLine() }
    }

    /// Reads one chunk of a chunked body; empty at the body's end.
    func chunk() async throws -> String {
        try await Self.blocking { try self.readChunk() }
    }

    /// Reads one response with its body.
    func response(isHead: Bool = false) async throws -> Response {
        try await Self.blocking {
            var response = try self.readHead()
            if isHead { return response }
            if let length = response.fields["content-length"].flatMap({ Int($0) }) {
                response.body = try self.read(length)
            } else if response.fields["transfer-encoding"] == "chunked" {
                while true {
                    let chunk = try self.readChunk()
                    if chunk.isEmpty { break }
                    response.body += chunk
                }
            } else if response.status >= 200 {
                var bytes: [UInt8] = []
                while let byte = try self.byte() { bytes.append(byte) }
                response.body = String(decoding: bytes, as: UTF8.self)
            }
            return response
        }
    }

    /// Reads the head of a response.
    func head() async throws -> Response {
        try await Self.blocking { try self.readHead() }
    }

    // MARK: Blocking

    private func byte() throws -> UInt8? {
        var byte: UInt8 = 0
        let count = recv(self.socket, &byte, 1, 0)
        if count == 1 { return byte }
        guard count == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        return nil
    }

    private func read(_ count: Int) throws -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < count {
            let got = recv(self.socket, &buffer, min(buffer.count, count - bytes.count), 0)
            guard got > 0 else {
                throw Unexpected(description: "the body ended after \(bytes.count) of \(count) bytes")
            }
            bytes += buffer[..<got]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func readLine() throws -> String {
        var bytes: [UInt8] = []
        while let byte = try self.byte() {
            if byte == 0x0A {
                if bytes.last == 0x0D { bytes.removeLast() }
                return String(decoding: bytes, as: UTF8.self)
            }
            bytes.append(byte)
        }
        throw Unexpected(description: "the connection ended inside a line: \(String(decoding: bytes, as: UTF8.self))")
    }

    private func readChunk() throws -> String {
        let line = try self.readLine()
        guard let size = Int(line, radix: 16) else { throw Unexpected(description: "not the size of a chunk: \(line)") }
        let chunk = try self.read(size)
        guard try self.readLine().isEmpty else { throw Unexpected(description: "a chunk is longer than it says") }
        return chunk
    }

    private func readHead() throws -> Response {
        let parts = try self.readLine().split(separator: " ", maxSplits: 2)
        guard parts.count == 3, parts[0] == "HTTP/1.1", let status = Int(parts[1]) else {
            throw Unexpected(description: "not a status line: \(parts)")
        }
        var fields: [String: String] = [:]
        while true {
            let line = try self.readLine()
            if line.isEmpty { return Response(status: status, fields: fields, body: "") }
            let field = line.split(separator: ":", maxSplits: 1)
            fields[field[0].lowercased()] = field.last.map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }
}
