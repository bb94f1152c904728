import NIOCore

/// A text message that waits to be sent. It is encoded as frames while the connection is writable. ``SessionHandler``
/// creates messages, and the ``OutgoingQueue`` of ``WebSocketHandler`` holds them.
struct OutgoingMessage {
    enum Kind {
        /// A print of a task. A task may send any number of prints.
        case console
        /// The outcome of a task. There is one outcome for each task.
        case outcome
        /// Any other message: mostly a reply to a message of the task broker.
        case reply
    }

    /// The largest payload of one frame. A larger message is fragmented, so that a pong does not wait for the whole
    /// message.
    static let maximumFrame = 256 << 10
    /// An upper bound of the memory that a queued message takes in addition to its text: arrays, buffers and their headers.
    static let overhead = 1024
    /// Messages up to this size are copied into one array, so that a short print does not retain the large buffer that it
    /// is a slice of.
    private static let maximumCopy = 4 << 10

    let kind: Kind
    /// The text that is not sent yet.
    private var pieces: CircularBuffer<ArraySlice<UInt8>>
    private(set) var remaining: Int
    private var hasBegun = false

    /// Creates a message.
    ///
    /// - Parameters:
    ///   - pieces: The parts of the text, in order.
    ///   - kind: The kind of message, which decides how it is bounded.
    init(_ pieces: [ArraySlice<UInt8>], kind: Kind = .reply) {
        self.kind = kind
        self.remaining = pieces.reduce(0) { $0 + $1.count }
        self.pieces =
            self.remaining <= Self.maximumCopy && pieces.count > 1
            ? [Array(pieces.joined())[...]] : CircularBuffer(pieces)
    }

    /// Appends the next frame.
    ///
    /// - Returns: Whether the frame was the last one of the message.
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
