import NIOCore
import NIOHTTP1
import Tasks

/// The parts of a request that are stored until its response is written. Only the parts of the head that affect the
/// response are stored.
struct IncomingRequest {
    let isHead: Bool
    /// Whether the client uses HTTP/1.0, which has neither chunks, `100 Continue` nor persistent connections by default.
    let isHTTP10: Bool
    /// Whether the client accepts a stream of events.
    let wantsEvents: Bool
    let route: Route?
    /// The task that the request has started; nil before the dispatcher has accepted one.
    var taskID: TaskID?
    /// The trace that the request belongs to.
    let trace: TraceContext?
    private(set) var body: [UInt8] = []
    /// The length of the body that the head announces, which is untrusted; nil when the body is sent in chunks.
    let announcedLength: Int?

    /// Creates a request from its head.
    ///
    /// - Parameters:
    ///   - head: The head of the request.
    ///   - route: The API call that the request makes; nil when the request is refused.
    init(_ head: HTTPRequestHead, route: Route?) {
        self.isHead = head.method == .HEAD
        self.isHTTP10 = head.isHTTP10
        self.wantsEvents = route == .run && head.acceptsEvents
        self.route = route
        // A request with several `traceparent` headers belongs to no trace, like one with a malformed header.
        let traces = head.headers["traceparent"]
        self.trace = traces.count == 1 ? TraceContext(traces[0]) : nil
        self.announcedLength = head.bodyLength
    }

    /// Appends a part of the body.
    mutating func append(_ buffer: ByteBuffer) {
        let count = self.body.count + buffer.readableBytes
        if count > self.body.capacity {
            // Reserves the announced length, but at most four times what has arrived, because a head may announce any
            // length.
            self.body.reserveCapacity(max(count, min(self.announcedLength ?? 0, max(4 * count, 64 * 1024))))
        }
        buffer.withUnsafeReadableBytes { self.body.append(contentsOf: $0) }
    }

    /// Drops the body.
    mutating func dropBody() {
        self.body = []
    }

    /// Removes and returns the body.
    mutating func takeBody() -> [UInt8] {
        defer { self.body = [] }
        return self.body
    }
}

extension HTTPRequestHead {
    /// Whether this is HTTP/1.0 or older.
    fileprivate var isHTTP10: Bool { self.version.major < 1 || (self.version.major == 1 && self.version.minor == 0) }

    /// The announced length of the body; nil when it is sent in chunks. The decoder has rejected a Content-Length that is
    /// not a number.
    var bodyLength: Int? {
        if self.headers.contains(name: "transfer-encoding") { return nil }
        guard let text = self.headers.first(name: "content-length") else { return 0 }
        return Int(text) ?? Int(Substring(text.utf8.prefix { (0x30...0x39).contains($0) })) ?? .max
    }

    /// Whether the client accepts a stream of events.
    fileprivate var acceptsEvents: Bool {
        let type = "application/x-ndjson"
        // Most clients send a short `*/*`, so a short value is rejected before it is parsed.
        guard self.headers.contains(where: { $0.name.utf8.count == 6 && $0.value.utf8.count >= type.utf8.count }) else {
            return false
        }
        return AcceptHeader(self.headers[canonicalForm: "accept"]).prefers(type, to: "application/json")
    }

    /// Whether the body is encoded, such as compressed, which the API does not decode.
    var hasEncodedBody: Bool {
        self.headers[canonicalForm: "content-encoding"].contains { $0.lowercased() != "identity" }
    }
}

extension ConnectionStateMachine.Head {
    /// Extracts the parts of a head that affect the connection.
    ///
    /// - Parameters:
    ///   - head: The head of the request.
    ///   - bodyLength: The announced length of the body; nil when it is sent in chunks.
    ///   - refusal: Why the request is refused before its body is read; nil when it is not.
    ///   - maximumBody: The largest body that this request may have, in bytes.
    init(_ head: HTTPRequestHead, bodyLength: Int?, refusal: ProblemDocument?, maximumBody: Int) {
        // The decoder stops after such a request, because the bytes that follow may be another protocol.
        let isUpgrade = head.method == .CONNECT || head.headers.contains(name: "upgrade")
        self.init(
            refusal: refusal,
            body: bodyLength.map { $0 == 0 ? .none : .known($0) } ?? .unknown,
            maximumBody: maximumBody,
            expectsContinue: !head.isHTTP10 && head.headers.first(name: "expect")?.lowercased() == "100-continue",
            keepsAlive: head.isKeepAlive && !isUpgrade
        )
    }
}
