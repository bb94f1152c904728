import NIOCore

/// Takes the frames of a WebSocket apart, on the client's side, and puts fragmented messages together (RFC 6455).
///
/// It holds what comes to all that a server must keep to, and collects a message as it arrives, in the one place where
/// it ends up: NIO's decoder and aggregator wait for whole frames, of which a message of a gigabyte has one, copy them,
/// and let reserved bits and masked frames pass. That text is UTF-8 is for the reader of the message to check, which
/// looks at every byte anyway.
struct WebSocketFrameReader {
    enum Event: Equatable {
        /// A whole text message.
        case text([UInt8])
        case ping([UInt8])
        case pong
        case close(WebSocketClose?)
    }

    private enum State {
        case header
        case data(isFinal: Bool, remaining: Int)
        case control(WebSocketFrame, remaining: Int)
    }

    private let maximumMessage: Int
    private var state = State.header
    private var message: [UInt8] = []
    /// Whether a message has begun that is not complete.
    private var isInMessage = false
    private var control: [UInt8] = []

    /// Makes a reader.
    ///
    /// - Parameter maximumMessage: Bytes of the largest message.
    init(maximumMessage: Int) {
        self.maximumMessage = maximumMessage
    }

    /// Goes on reading.
    ///
    /// - Parameter bytes: What has come. Less than ten bytes may be left in it, to be offered again with what follows.
    /// - Returns: What happened next, or nil if more has to come for anything to happen.
    /// - Throws: ``WebSocketViolation``, after which nothing more can be read.
    mutating func next(from bytes: inout ByteBuffer) throws(WebSocketViolation) -> Event? {
        while true {
            switch self.state {
            case .header:
                guard let header = try FrameHeader(&bytes) else { return nil }
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
                self.isInMessage = false
                defer { self.message = [] }
                return .text(self.message)
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

    private mutating func begin(_ header: FrameHeader) throws(WebSocketViolation) {
        switch header.frame {
        case .ping, .pong, .close:
            guard header.isFinal else { throw .protocolError("a control frame is fragmented") }
            guard header.length <= 125 else { throw .protocolError("a control frame is too long") }
            self.state = .control(header.frame, remaining: header.length)
            return
        case .binary:
            throw WebSocketViolation(code: 1003, reason: "binary messages are not understood")
        case .text:
            guard !self.isInMessage else { throw .protocolError("a message begins inside another") }
            self.isInMessage = true
        case .continuation:
            guard self.isInMessage else { throw .protocolError("a message is continued that has not begun") }
        }
        guard header.length <= self.maximumMessage - self.message.count else {
            throw WebSocketViolation(code: 1009, reason: "messages are limited to \(self.maximumMessage) bytes")
        }
        self.state = .data(isFinal: header.isFinal, remaining: header.length)
    }

    private mutating func append(_ bytes: inout ByteBuffer, _ count: Int) {
        guard case .data(_, let remaining) = self.state, count > 0 else { return }
        let needed = self.message.count + count
        if needed > self.message.capacity {
            // Room for what was announced, but never for more than twice what has come: headers lie.
            self.message.reserveCapacity(max(needed, min(self.message.count + remaining, max(2 * needed, 64 << 10))))
        }
        bytes.readWithUnsafeReadableBytes { readable in
            self.message.append(contentsOf: UnsafeRawBufferPointer(rebasing: readable[..<count]))
            return count
        }
    }
}

/// The kinds of frame.
enum WebSocketFrame: UInt8 {
    case continuation = 0x0
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xA
}

/// What stands before a frame's payload.
private struct FrameHeader {
    let frame: WebSocketFrame
    let isFinal: Bool
    let length: Int

    /// Takes a header off the front of `bytes`.
    ///
    /// - Returns: nil, with nothing taken, if it is not complete yet.
    /// - Throws: ``WebSocketViolation`` for one that no server may send.
    init?(_ bytes: inout ByteBuffer) throws(WebSocketViolation) {
        let start = bytes.readerIndex
        guard let first = bytes.getInteger(at: start, as: UInt8.self) else { return nil }
        guard first & 0x70 == 0 else { throw .protocolError("a reserved bit is set") }
        guard let frame = WebSocketFrame(rawValue: first & 0x0F) else { throw .protocolError("an unknown opcode") }
        guard let second = bytes.getInteger(at: start + 1, as: UInt8.self) else { return nil }
        guard second & 0x80 == 0 else { throw .protocolError("a server's frame is masked") }
        self.frame = frame
        self.isFinal = first & 0x80 != 0
        switch second {
        case 126:
            guard let length = bytes.getInteger(at: start + 2, as: UInt16.self) else { return nil }
            guard length > 125 else { throw .protocolError("a length is not written as shortly as it can be") }
            self.length = Int(length)
            bytes.moveReaderIndex(forwardBy: 4)
        case 127:
            guard let length = bytes.getInteger(at: start + 2, as: UInt64.self) else { return nil }
            guard length > UInt64(UInt16.max) else {
                throw .protocolError("a length is not written as shortly as it can be")
            }
            guard let length = Int(exactly: length) else { throw .protocolError("a length is negative") }
            self.length = length
            bytes.moveReaderIndex(forwardBy: 10)
        default:
            self.length = Int(second)
            bytes.moveReaderIndex(forwardBy: 2)
        }
    }
}

/// Something a server must not do, and what it is told about it.
struct WebSocketViolation: Error, Equatable {
    var code: UInt16
    var reason: String

    static func protocolError(_ reason: String) -> Self { Self(code: 1002, reason: reason) }
}

/// The contents of a close frame.
struct WebSocketClose: Equatable, Sendable {
    var code: UInt16
    var reason: String

    init(code: UInt16, reason: String) {
        self.code = code
        self.reason = reason
    }

    /// Reads the payload of a close frame.
    ///
    /// - Returns: nil for one that says nothing.
    init?(payload: [UInt8]) throws(WebSocketViolation) {
        guard !payload.isEmpty else { return nil }
        guard payload.count >= 2 else { throw .protocolError("a close frame has half a code") }
        self.code = UInt16(payload[0]) << 8 | UInt16(payload[1])
        switch self.code {
        case 1000...1003, 1007...1014, 3000...4999: break
        default: throw .protocolError("a close code that must not be sent")
        }
        guard let reason = String(validating: payload.dropFirst(2), as: UTF8.self) else {
            throw WebSocketViolation(code: 1007, reason: "a close reason that is not UTF-8")
        }
        self.reason = reason
    }

    /// The payload of a close frame that says it; a long reason is cut between characters.
    var payload: [UInt8] {
        var payload = [UInt8(self.code >> 8), UInt8(self.code & 0xFF)]
        for character in self.reason {
            guard payload.count + character.utf8.count <= 125 else { break }
            payload += character.utf8
        }
        return payload
    }
}
