import Synchronization

/// A large message that is parsed on another thread. ``MessageParsingHandler`` owns it.
final class MessageParsing: Sendable {
    private let message: [UInt8]
    private let isAbandonedFlag = Atomic(false)

    init(_ message: [UInt8]) {
        self.message = message
    }

    /// The connection has closed: a message that waits for its turn is not parsed.
    func abandon() {
        self.isAbandonedFlag.store(true, ordering: .relaxed)
    }

    /// Parses the message. Nil when the connection has closed.
    func result() -> Swift.Result<TaskBrokerMessage, MalformedMessage>? {
        self.isAbandonedFlag.load(ordering: .relaxed) ? nil : Self.result(of: self.message)
    }

    /// Parses a message.
    static func result(of message: [UInt8]) -> Swift.Result<TaskBrokerMessage, MalformedMessage> {
        Swift.Result { () throws(MalformedMessage) in try TaskBrokerMessageParser.parse(message) }
    }
}
