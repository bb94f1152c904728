public import Foundation
import Glibc

/// A client of the HTTP API that knows as little as curl: one connection to a Unix socket, blocking, byte by byte if wanted.
///
/// Written apart from the service's own client and parsers, so that it cannot share their mistakes.
public final class UnixHTTPConnection: @unchecked Sendable {
    public struct Reply: @unchecked Sendable {
        public var status: Int
        public var headers: [String: String]
        public var body: Data

        /// The body as a JSON object; empty when it is something else.
        public var json: [String: Any] {
            (try? JSONSerialization.jsonObject(with: self.body)) as? [String: Any] ?? [:]
        }

        public var text: String { String(decoding: self.body, as: UTF8.self) }
    }

    public struct Failure: Error, CustomStringConvertible {
        public var description: String

        public init(description: String) {
            self.description = description
        }
    }

    private let descriptor: CInt
    private var buffer: [UInt8] = []

    /// Connects. A read that brings nothing for ten minutes fails: no test measures how fast an answer comes, and one that
    /// never comes shall not hold up every other test.
    public init(path: String) throws {
        self.descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { target in
            target.copyBytes(from: path.utf8.prefix(target.count - 1))
        }
        var limit = timeval(tv_sec: 600, tv_usec: 0)
        setsockopt(self.descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(self.descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            // The descriptor is closed by deinit, which runs although this initialiser fails: all is initialised by now.
            let code = errno
            throw Failure(description: "connect \(path): errno \(code)")
        }
    }

    deinit {
        close(self.descriptor)
    }

    /// Ends the client's side, as a client does that goes away.
    public func hangUp() {
        shutdown(self.descriptor, CInt(SHUT_RDWR))
    }

    public func send(raw bytes: some Collection<UInt8>) throws {
        let bytes = Array(bytes)
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(
                    self.descriptor,
                    $0.baseAddress.map { $0 + sent },
                    bytes.count - sent,
                    CInt(MSG_NOSIGNAL)
                )
            }
            guard count > 0 else { throw Failure(description: "send: errno \(errno)") }
            sent += count
        }
    }

    /// Sends what the socket takes without waiting.
    ///
    /// - Returns: How many bytes that were.
    public func sendWhatFits(_ bytes: [UInt8]) -> Int {
        max(
            0,
            bytes.withUnsafeBytes {
                Glibc.send(self.descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT))
            }
        )
    }

    /// Receives up to that many bytes of a body, and drops them.
    ///
    /// - Returns: How many; 0 when the connection has ended.
    public func skip(_ most: Int) -> Int {
        guard self.buffer.isEmpty else {
            let count = min(most, self.buffer.count)
            self.buffer.removeFirst(count)
            return count
        }
        var chunk = [UInt8](repeating: 0, count: most)
        return max(0, chunk.withUnsafeMutableBytes { recv(self.descriptor, $0.baseAddress, $0.count, 0) })
    }

    public func send(
        _ method: String,
        _ path: String,
        headers: [String: String] = [:],
        body: (any DataProtocol)? = nil
    ) throws {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: terrarium\r\n"
        for (name, value) in headers {
            head += "\(name): \(value)\r\n"
        }
        if let body {
            head += "Content-Length: \(body.count)\r\n"
        }
        try self.send(raw: Array((head + "\r\n").utf8))
        if let body {
            try self.send(raw: Array(body))
        }
    }

    /// Reads one whole reply.
    public func receive() throws -> Reply {
        var reply = try self.receiveHead()
        while reply.status == 100 {
            reply = try self.receiveHead()
        }
        if let length = reply.headers["content-length"].flatMap(Int.init) {
            reply.body = Data(try self.take(length))
        } else if reply.headers["transfer-encoding"] == "chunked" {
            while let chunk = try self.receiveChunk() {
                reply.body.append(contentsOf: chunk)
            }
        }
        return reply
    }

    /// Reads a reply up to its body.
    public func receiveHead() throws -> Reply {
        let status = try self.line().split(separator: " ")
        guard status.count >= 2, let code = Int(status[1]) else {
            throw Failure(description: "not a status line: \(status)")
        }
        var headers: [String: String] = [:]
        while true {
            let line = try self.line()
            guard !line.isEmpty else { break }
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.last.map { $0.trimmingCharacters(in: .whitespaces) }
        }
        return Reply(status: code, headers: headers, body: Data())
    }

    /// Reads one chunk of a chunked body; nil after the last.
    public func receiveChunk() throws -> [UInt8]? {
        guard let size = Int(try self.line(), radix: 16) else { throw Failure(description: "not a chunk size") }
        let chunk = try self.take(size)
        _ = try self.line()
        return size == 0 ? nil : chunk
    }

    /// Reads a streamed body until it has this text.
    ///
    /// - Returns: What was read.
    /// - Throws: `Failure` when the body ends without it.
    @discardableResult
    public func receiveEvents(until text: String) throws -> String {
        var events: [UInt8] = []
        while !String(decoding: events, as: UTF8.self).contains(text) {
            guard let chunk = try self.receiveChunk() else {
                throw Failure(description: "the body has no \(text): \(String(decoding: events, as: UTF8.self))")
            }
            events += chunk
        }
        return String(decoding: events, as: UTF8.self)
    }

    /// Whether the other side has closed: waits for it.
    public func isAtEnd() -> Bool {
        self.buffer.isEmpty && (try? self.fill()) == nil
    }

    private func line() throws -> String {
        while true {
            if let end = self.buffer.firstIndex(of: 0x0A) {
                let line = self.buffer[..<end]
                self.buffer.removeSubrange(...end)
                return String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
            }
            try self.fill()
        }
    }

    private func take(_ count: Int) throws -> [UInt8] {
        self.buffer.reserveCapacity(count)
        while self.buffer.count < count {
            try self.fill()
        }
        defer { self.buffer.removeSubrange(..<count) }
        return Array(self.buffer.prefix(count))
    }

    private func fill() throws {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        let count = chunk.withUnsafeMutableBytes { recv(self.descriptor, $0.baseAddress, $0.count, 0) }
        guard count > 0 else { throw Failure(description: count == 0 ? "end of stream" : "recv: errno \(errno)") }
        self.buffer.append(contentsOf: chunk.prefix(count))
    }
}
