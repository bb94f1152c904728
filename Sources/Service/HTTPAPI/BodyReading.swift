import Synchronization
import Tasks

/// A large body that is read on another thread, because the event loop has other connections.
final class BodyReading: Sendable {
    /// Bodies up to this size are read on the event loop, which takes less than a millisecond.
    static let maximumOnEventLoop = 256 << 10

    private let body: [UInt8]
    private let purpose: TaskPurpose
    private let isAbandonedFlag = Atomic(false)

    init(_ body: [UInt8], for purpose: TaskPurpose) {
        self.body = body
        self.purpose = purpose
    }

    /// Whether the client has disconnected.
    var isAbandoned: Bool { self.isAbandonedFlag.load(ordering: .relaxed) }

    /// The client has disconnected: a body that waits for its turn is not read.
    func abandon() {
        self.isAbandonedFlag.store(true, ordering: .relaxed)
    }

    /// Reads the body. Nil when the client has disconnected.
    func result() -> Swift.Result<TaskSubmission, ProblemDocument>? {
        self.isAbandoned ? nil : Self.result(of: self.body, for: self.purpose)
    }

    /// Reads a body.
    static func result(
        of body: [UInt8],
        for purpose: TaskPurpose
    ) -> Swift.Result<TaskSubmission, ProblemDocument> {
        Swift.Result { () throws(ProblemDocument) in try TaskRequestParser.parse(body, for: purpose) }
    }
}
