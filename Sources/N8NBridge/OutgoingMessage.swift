import NIOCore

/// A text message on its way out, which becomes frames as there is room for them.
struct OutgoingMessage {
    /// The largest payload of one frame. A larger message is fragmented, so that a pong need not wait for all of it.
    static let maximumFrame = 256 << 10

    /// What was not sent yet.
    private var pieces: CircularBuffer<ArraySlice<UInt8>>
    private(set) var remaining: Int
    private var hasBegun = false

    /// Makes a message of pieces that belong behind each other.
    init(_ pieces: [ArraySlice<UInt8>]) {
        self.pieces = CircularBuffer(pieces)
        self.remaining = pieces.reduce(0) { $0 + $1.count }
    }

    /// Appends the next frame.
    ///
    /// - Returns: Whether it was the last one.
    mutating func appendFrame(mask: UInt32, to buffer: inout ByteBuffer) -> Bool {
        var taken: [ArraySlice<UInt8>] = []
        var room = Self.maximumFrame
        while room > 0, let piece = self.pieces.popFirst() {
            let head = piece.prefix(room)
            taken.append(head)
            room -= head.count
            self.remaining -= head.count
            if head.count < piece.count { self.pieces.prepend(piece.dropFirst(head.count)) }
        }
        WebSocketFrameWriter.append(
            self.hasBegun ? .continuation : .text,
            isFinal: self.remaining == 0,
            pieces: taken,
            mask: mask,
            to: &buffer
        )
        self.hasBegun = true
        return self.remaining == 0
    }
}

/// The messages that wait to be sent, in their order.
struct OutgoingQueue {
    private var messages = CircularBuffer<OutgoingMessage>()
    /// Bytes of them.
    private(set) var byteCount = 0

    var isEmpty: Bool { self.messages.isEmpty }

    mutating func append(_ message: OutgoingMessage) {
        self.byteCount += message.remaining
        self.messages.append(message)
    }

    /// Appends the next frame of the first message to `buffer`.
    mutating func appendFrame(mask: UInt32, to buffer: inout ByteBuffer) {
        let first = self.messages.startIndex
        let before = self.messages[first].remaining
        let isDone = self.messages[first].appendFrame(mask: mask, to: &buffer)
        self.byteCount -= before - self.messages[first].remaining
        if isDone { self.messages.removeFirst() }
    }

    mutating func removeAll() {
        self.messages.removeAll()
        self.byteCount = 0
    }
}
