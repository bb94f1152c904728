import NIOCore
import Tasks

/// A response without its framing.
struct Response {
    var status: Int
    var phrase: String
    var contentType: String
    /// More header fields, each a whole line without its end.
    var fields: [String] = []
    /// The body, in pieces that belong behind each other.
    var body: [ArraySlice<UInt8>]

    /// A successful response.
    static func json(_ body: [UInt8], status: Int = 200, phrase: String = "OK") -> Response {
        Response(status: status, phrase: phrase, contentType: "application/json", body: [body[...]])
    }

    init(status: Int, phrase: String, contentType: String, fields: [String] = [], body: [ArraySlice<UInt8>]) {
        self.status = status
        self.phrase = phrase
        self.contentType = contentType
        self.fields = fields
        self.body = body
    }

    /// A problem as a response.
    init(_ problem: Problem) {
        self.init(
            status: problem.status.rawValue,
            phrase: problem.status.phrase,
            contentType: "application/problem+json",
            body: [problem.encoded()[...]]
        )
        switch problem.status {
        case .methodNotAllowed: self.fields = ["allow: \(problem.allowedMethods.joined(separator: ", "))"]
        case .tooManyRequests, .serviceUnavailable: self.fields = ["retry-after: 1"]
        case .badRequest, .forbidden, .notFound, .requestTimeout, .contentTooLarge, .internalServerError: break
        }
    }
}

/// A response on its way out: bytes that are waiting to be written, framed as RFC 9112 says.
///
/// The pieces of a body are not joined; buffers of bounded size are made from them as the socket takes them, so that
/// a large result is in memory once, plus what is in flight.
struct OutgoingResponse {
    /// How the client knows where the body ends.
    enum Framing: Equatable {
        /// By its length; the bytes of the body are given at once.
        case length
        case chunked
        /// By the end of the connection, for clients that speak HTTP/1.0.
        case untilClose
        /// There is none, since the request's method was HEAD.
        case omitted
    }

    private let framing: Framing
    private var pieces = CircularBuffer<ArraySlice<UInt8>>()
    private(set) var isFinished = false

    /// Begins a response.
    ///
    /// - Parameters:
    ///   - response: Head and body. With `chunked` and `untilClose` more of the body may be appended.
    ///   - framing: How the body's end is told.
    ///   - keepsAlive: Whether the connection stays open behind it.
    ///   - isHTTP10: Whether the client has to be told so explicitly.
    init(_ response: Response, framing: Framing, keepsAlive: Bool, isHTTP10: Bool) {
        self.framing = framing
        var head = "HTTP/1.1 \(response.status) \(response.phrase)\r\ncontent-type: \(response.contentType)\r\n"
        for field in response.fields { head += "\(field)\r\n" }
        switch framing {
        case .length, .omitted: head += "content-length: \(response.body.reduce(0) { $0 + $1.count })\r\n"
        case .chunked: head += "transfer-encoding: chunked\r\n"
        case .untilClose: break
        }
        if !keepsAlive {
            head += "connection: close\r\n"
        } else if isHTTP10 {
            head += "connection: keep-alive\r\n"
        }
        head += "\r\n"
        self.pieces.append(Array(head.utf8)[...])
        for piece in response.body { self.append(piece) }
        if framing == .length || framing == .omitted { self.isFinished = true }
    }

    /// Whether everything there is so far was handed out.
    var isEmpty: Bool { self.pieces.isEmpty }

    /// Appends to the body.
    mutating func append(_ piece: ArraySlice<UInt8>) {
        precondition(!self.isFinished, "a response was appended to after its end")
        guard !piece.isEmpty, self.framing != .omitted else { return }
        guard self.framing == .chunked else {
            self.pieces.append(piece)
            return
        }
        self.pieces.append(Array((String(piece.count, radix: 16) + "\r\n").utf8)[...])
        self.pieces.append(piece)
        self.pieces.append([0x0D, 0x0A])
    }

    /// Ends the body.
    mutating func finish() {
        precondition(!self.isFinished, "a response was ended twice")
        self.isFinished = true
        if self.framing == .chunked { self.pieces.append(Array("0\r\n\r\n".utf8)[...]) }
    }

    /// Takes up to `limit` of the bytes that wait.
    ///
    /// - Returns: nil when none do.
    mutating func next(upTo limit: Int, using allocator: ByteBufferAllocator) -> ByteBuffer? {
        guard !self.pieces.isEmpty else { return nil }
        var size = 0
        for piece in self.pieces where size < limit { size += piece.count }
        size = min(size, limit)
        var buffer = allocator.buffer(capacity: size)
        while buffer.readableBytes < size, let piece = self.pieces.first {
            let part = piece.prefix(size - buffer.readableBytes)
            buffer.writeBytes(part)
            if part.count == piece.count {
                self.pieces.removeFirst()
            } else {
                self.pieces[self.pieces.startIndex] = piece.dropFirst(part.count)
            }
        }
        return buffer
    }
}
