import NIOCore

/// Decodes the frames that a WebSocket client receives, and assembles fragmented messages (RFC 6455). Owned by
/// ``WebSocketHandler``.
///
/// The reader enforces every rule for a server's frames. It collects a message in its final buffer while the bytes arrive.
/// NIO's decoder and aggregator wait for whole frames (a message of a gigabyte is one frame), copy them, and accept
/// reserved bits and masked frames. The parser of the message validates UTF-8, because it reads every byte in any case.
struct WebSocketFrameReader {
    enum Event: Equatable {
        /// A complete text message.
        case text([UInt8])
        /// A complete binary message, with the size of its payload. The payload was discarded.
        case binary(bytes: Int)
        case ping([UInt8])
        case pong
        case close(WebSocketClose?)
    }

    private enum State {
        case header
        case data(isFinal: Bool, remaining: Int)
        case control(FrameOpcode, remaining: Int)
    }

    private let maximumMessage: Int
    private var state = State.header
    private var message: [UInt8] = []
    /// How many bytes of the message have arrived.
    private var length = 0
    /// Whether a message has begun and is incomplete.
    private var isInMessage = false
    private var isBinary = false
    private var control: [UInt8] = []

    /// Creates a reader.
    ///
    /// - Parameter maximumMessage: The largest message, in bytes.
    init(maximumMessage: Int) {
        self.maximumMessage = maximumMessage
    }

    /// Decodes the next event.
    ///
    /// - Parameter bytes: The received bytes. Up to nine bytes may remain, which the caller must pass again in front of the
    ///   next bytes.
    /// - Returns: The event, or nil if more bytes are needed.
    /// - Throws: ``WebSocketViolation``. The reader must not be used after an error.
    mutating func next(from bytes: inout ByteBuffer) throws(WebSocketViolation) -> Event? {
        while true {
            switch self.state {
            case .header:
                guard let header = try WebSocketFrameHeader(&bytes) else { return nil }
                try self.begin(header)
            case .data(let isFinal, let remaining):
                let count = min(remaining, bytes.readableBytes)
                self.append(&bytes, count)
                guard count == remaining else {
                    self.state = .data(isFinal: isFinal, remaining: remaining - count)
                    return nil
                }
                self.state = .header
                guard isFinal else { continue }
                defer {
                    self.message = []
                    self.length = 0
                    self.isInMessage = false
                }
                return self.isBinary ? .binary(bytes: self.length) : .text(self.message)
            case .control(let frame, let remaining):
                let count = min(remaining, bytes.readableBytes)
                self.control += bytes.readBytes(length: count) ?? []
                guard count == remaining else {
                    self.state = .control(frame, remaining: remaining - count)
                    return nil
                }
                self.state = .header
                defer { self.control = [] }
                switch frame {
                case .ping: return .ping(self.control)
                case .pong: return .pong
                case .close, .text, .binary, .continuation: return .close(try WebSocketClose(payload: self.control))
                }
            }
        }
    }

    private mutating func begin(_ header: WebSocketFrameHeader) throws(WebSocketViolation) {
        switch header.frame {
        case .ping, .pong, .close:
            guard header.isFinal else { throw .protocolError("a control frame is fragmented") }
            guard header.length <= 125 else { throw .protocolError("a control frame is too long") }
            self.state = .control(header.frame, remaining: header.length)
            return
        case .text, .binary:
            guard !self.isInMessage else { throw .protocolError("a message starts inside another") }
            self.isInMessage = true
            self.isBinary = header.frame == .binary
        case .continuation:
            guard self.isInMessage else { throw .protocolError("a continuation frame without a message") }
        }
        guard header.length <= self.maximumMessage - self.length else {
            throw WebSocketViolation(code: 1009, reason: "messages are limited to \(self.maximumMessage) bytes")
        }
        self.state = .data(isFinal: header.isFinal, remaining: header.length)
    }

    private mutating func append(_ bytes: inout ByteBuffer, _ count: Int) {
        guard case .data(_, let remaining) = self.state, count > 0 else { return }
        self.length += count
        guard !self.isBinary else {
            bytes.moveReaderIndex(forwardBy: count)
            return
        }
        let needed = self.message.count + count
        if needed > self.message.capacity {
            // Reserves the announced size, but at most twice the size that has arrived, because a header may announce any
            // size.
            self.message.reserveCapacity(max(needed, min(self.message.count + remaining, max(2 * needed, 64 << 10))))
        }
        bytes.readWithUnsafeReadableBytes { readable in
            self.message.append(contentsOf: UnsafeRawBufferPointer(rebasing: readable[..<count]))
            return count
        }
    }
}
