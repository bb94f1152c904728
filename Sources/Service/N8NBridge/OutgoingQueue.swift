import NIOCore

/// The messages that wait to be sent, in order, and their memory.
struct OutgoingQueue {
    private var messages = CircularBuffer<OutgoingMessage>()
    /// The memory of all queued messages: their text, plus ``OutgoingMessage/overhead`` for each.
    private(set) var heldBytes = 0
    /// The memory of the queued prints.
    private(set) var consoleBytes = 0
    /// The number of queued replies.
    private(set) var replies = 0

    var isEmpty: Bool { self.messages.isEmpty }

    mutating func append(_ message: OutgoingMessage) {
        self.count(message.kind, bytes: message.remaining + OutgoingMessage.overhead, messages: 1)
        self.messages.append(message)
    }

    /// Appends the next frame of the first message to `buffer`. The queue must not be empty.
    mutating func appendFrame(mask: UInt32, to buffer: inout ByteBuffer) {
        let first = self.messages.startIndex
        let before = self.messages[first].remaining
        let isDone = self.messages[first].appendFrame(mask: mask, to: &buffer)
        let sent = before - self.messages[first].remaining
        let kind = self.messages[first].kind
        self.count(kind, bytes: -(sent + (isDone ? OutgoingMessage.overhead : 0)), messages: isDone ? -1 : 0)
        if isDone { self.messages.removeFirst() }
    }

    mutating func removeAll() {
        self.messages.removeAll()
        self.heldBytes = 0
        self.consoleBytes = 0
        self.replies = 0
    }

    private mutating func count(_ kind: OutgoingMessage.Kind, bytes: Int, messages: Int) {
        self.heldBytes += bytes
        switch kind {
        case .console: self.consoleBytes += bytes
        case .outcome: break
        case .reply: self.replies += messages
        }
    }
}
