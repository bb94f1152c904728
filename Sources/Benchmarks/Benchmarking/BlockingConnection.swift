import Client
import Glibc
import Tasks

/// An HTTP connection that blocks its thread. Measurements use it because sending a request takes one system call, and
/// no other thread runs between the caller and the service. One load generator owns it.
struct BlockingConnection: ~Copyable {
    /// The bytes of a request, which are made once and sent many times.
    struct Request: Sendable {
        fileprivate let bytes: [UInt8]

        /// `POST /v1/run` with this task.
        static func run(_ submission: TaskSubmission) -> Request {
            let body = submission.runBody
            let head =
                "POST /v1/run HTTP/1.1\r\nhost: terrarium\r\ncontent-type: application/json\r\n"
                + "content-length: \(body.count)\r\n\r\n"
            return Request(bytes: Array(head.utf8) + body)
        }

        /// `GET` of a path.
        static func get(_ path: String) -> Request {
            Request(bytes: Array("GET \(path) HTTP/1.1\r\nhost: terrarium\r\n\r\n".utf8))
        }
    }

    /// The response.
    struct Answer: Sendable {
        var status: Int
        var body: [UInt8]

        /// The outcome of a task. It is read from the first bytes of the body, where the service writes it.
        var outcome: String? {
            let front = String(decoding: self.body.prefix(200), as: UTF8.self)
            guard let start = front.range(of: #""outcome":""#) else { return nil }
            return String(front[start...].prefix { $0 != "\"" })
        }
    }

    private let descriptor: CInt
    private var buffer: [UInt8]

    /// Connects to the socket at `path`.
    ///
    /// - Throws: ``ClientError``.
    init(path: String) throws(ClientError) {
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .unreachable(path: path, reason: String(cString: strerror(errno))) }
        guard var address = sockaddr_un(path: path) else {
            close(descriptor)
            throw .unreachable(path: path, reason: "the path is too long for a socket")
        }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            let code = errno
            close(descriptor)
            if code == EACCES || code == EPERM { throw .forbidden(path: path) }
            throw .unreachable(path: path, reason: String(cString: strerror(code)))
        }
        self.descriptor = descriptor
        self.buffer = [UInt8](repeating: 0, count: 256 * 1024)
    }

    deinit {
        close(self.descriptor)
    }

    /// Sends a request and waits for the whole response.
    ///
    /// - Throws: ``ClientError``; the connection cannot be used afterwards.
    mutating func send(_ request: Request) throws(ClientError) -> Answer {
        try self.write(request.bytes)
        var head: [UInt8] = []
        var body: [UInt8] = []
        var expected: (status: Int, length: Int)?
        while true {
            let count = try self.read()
            if let expected {
                body.append(contentsOf: self.buffer[..<count])
                guard body.count < expected.length else { break }
                continue
            }
            head.append(contentsOf: self.buffer[..<count])
            guard let end = Self.endOfHead(head) else { continue }
            let fields = try Self.parse(head[..<end])
            body.reserveCapacity(fields.length)
            body.append(contentsOf: head[end...])
            expected = fields
            guard body.count < fields.length else { break }
        }
        return Answer(status: expected?.status ?? 0, body: body)
    }

    private func write(_ bytes: [UInt8]) throws(ClientError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(
                    self.descriptor,
                    buffer.baseAddress.map { $0 + written },
                    buffer.count - written,
                    CInt(MSG_NOSIGNAL)
                )
            }
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                throw .connectionLost(reason: String(cString: strerror(errno)))
            }
        }
    }

    private mutating func read() throws(ClientError) -> Int {
        while true {
            let count = Glibc.read(self.descriptor, &self.buffer, self.buffer.count)
            if count > 0 { return count }
            if count == 0 { throw .connectionLost(reason: "the service closed the connection") }
            guard errno == EINTR else { throw .connectionLost(reason: String(cString: strerror(errno))) }
        }
    }

    /// The index at which the body begins; nil while the head is incomplete.
    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (4...bytes.count).first { bytes[($0 - 4)..<$0].elementsEqual([13, 10, 13, 10]) }
    }

    private static func parse(_ head: ArraySlice<UInt8>) throws(ClientError) -> (status: Int, length: Int) {
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        let status = lines.first.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) }
        let length = lines.dropFirst().lazy.compactMap { line -> Int? in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "content-length" else { return nil }
            return Int(parts[1].filter { $0 != " " })
        }.first
        guard let status, let length else {
            throw .malformedAnswer(reason: "an answer without a status or a length")
        }
        return (status, length)
    }
}

extension String {
    /// The index after the first occurrence of `text`; nil if this string does not contain it.
    fileprivate func range(of text: String) -> String.Index? {
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(text) { return rest.index(rest.startIndex, offsetBy: text.count) }
            rest = rest.dropFirst()
        }
        return nil
    }
}
