/// One connection's protocol: which request is being received or answered, and what becomes of the connection after.
///
/// Pure: it is told what happened and says what to do. Requests are answered one at a time; what a client sends ahead
/// (pipelining) is held back by the owner for as long as ``holdsRequests`` says so.
struct ConnectionStateMachine {
    /// How long a body will be, as the head announces it.
    enum BodyLength: Equatable {
        case none
        case known(Int)
        /// Sent in chunks.
        case unknown
    }

    /// What there is to know of a request's head.
    struct Head {
        /// Why the request is refused whatever its body says.
        var refusal: Problem?
        var body: BodyLength
        /// The largest body that this request may have, in bytes.
        var maximumBody: Int
        /// Whether the client waits for a 100 before it sends the body.
        var expectsContinue: Bool
        /// Whether the client wants to use the connection again.
        var keepsAlive: Bool
    }

    private enum State {
        /// Between requests.
        case idle
        /// A body is being collected.
        case receiving(keepsAlive: Bool, received: Int, maximum: Int)
        /// The body of a request that will be refused is being dropped; it is short, so the connection is kept.
        case refusing(Problem, keepsAlive: Bool)
        /// The response is outstanding or being written. Unless the body's rest is still to come, the request is over.
        case responding(keepsAlive: Bool, isBodyAhead: Bool)
        /// Everything is said, and the rest of a body is dropped, so that the client gets to read the response.
        case lingering
        case closed
    }

    /// A refused body up to this size is read to its end; a longer one is not waited for.
    static let shortBody = 64 * 1024

    private var state = State.idle
    /// Whether the next response, or the one that is outstanding, is the last.
    private var isEnding: Bool
    private var isInputClosed = false

    /// Makes the machine of a new connection.
    ///
    /// - Parameter isDraining: Whether the service is shutting down already, so that the first response is the last.
    init(isDraining: Bool) {
        self.isEnding = isDraining
    }

    // MARK: What the owner asks

    /// Whether what arrives now belongs to a later request than the one that is being answered.
    var holdsRequests: Bool {
        if case .responding(_, isBodyAhead: false) = self.state { return true }
        return false
    }

    /// Whether a request has begun to arrive and has not ended.
    var isReceiving: Bool {
        switch self.state {
        case .receiving, .refusing: true
        case .idle, .responding, .lingering, .closed: false
        }
    }

    /// Whether the connection is between requests.
    var isIdle: Bool {
        if case .idle = self.state { return true }
        return false
    }

    /// Whether the response that begins now may announce that the connection stays open.
    var responseKeepsAlive: Bool {
        if case .responding(keepsAlive: true, isBodyAhead: false) = self.state {
            return !self.isEnding && !self.isInputClosed
        }
        return false
    }

    // MARK: Events

    enum HeadAction: Equatable {
        /// Collect the body; `length` is what the client says it will be, which nobody has to believe.
        case collectBody(length: Int)
        /// The same, after telling the client to send it.
        case sendContinueAndCollectBody(length: Int)
        case respond(Problem)
        case none
    }

    /// A request's head has arrived.
    mutating func headReceived(_ head: Head) -> HeadAction {
        switch self.state {
        case .idle:
            var refusal = head.refusal
            if refusal == nil, case .known(let length) = head.body, length > head.maximumBody {
                refusal = .tooLarge(limit: head.maximumBody)
            }
            guard let refusal else {
                self.state = .receiving(keepsAlive: head.keepsAlive, received: 0, maximum: head.maximumBody)
                switch head.body {
                case .none: return .collectBody(length: 0)
                case .known(let length):
                    return head.expectsContinue
                        ? .sendContinueAndCollectBody(length: length) : .collectBody(length: length)
                case .unknown:
                    return head.expectsContinue ? .sendContinueAndCollectBody(length: 0) : .collectBody(length: 0)
                }
            }
            switch head.body {
            case .none:
                self.state = .refusing(refusal, keepsAlive: head.keepsAlive)
                return .none
            case .known(let length) where length <= Self.shortBody && !head.expectsContinue:
                self.state = .refusing(refusal, keepsAlive: head.keepsAlive)
                return .none
            case .known, .unknown:
                self.state = .responding(keepsAlive: false, isBodyAhead: true)
                return .respond(refusal)
            }
        case .lingering, .closed:
            return .none
        case .receiving, .refusing, .responding:
            preconditionFailure("a request's head arrived in \(self.state)")
        }
    }

    enum BodyAction: Equatable {
        case append
        case drop
        case respond(Problem)
    }

    /// A piece of a body has arrived.
    mutating func bodyReceived(_ count: Int) -> BodyAction {
        switch self.state {
        case .receiving(let keepsAlive, let received, let maximum):
            guard received + count <= maximum else {
                self.state = .responding(keepsAlive: false, isBodyAhead: true)
                return .respond(.tooLarge(limit: maximum))
            }
            self.state = .receiving(keepsAlive: keepsAlive, received: received + count, maximum: maximum)
            return .append
        case .refusing, .responding(_, isBodyAhead: true), .lingering, .closed:
            return .drop
        case .idle, .responding(_, isBodyAhead: false):
            preconditionFailure("a body arrived in \(self.state)")
        }
    }

    /// There is no room for the body that is arriving; a response says so.
    mutating func bodyRefused() {
        guard case .receiving = self.state else { preconditionFailure("a body was refused in \(self.state)") }
        self.state = .responding(keepsAlive: false, isBodyAhead: true)
    }

    enum EndAction: Equatable {
        /// The request is complete: carry it out.
        case handle
        case respond(Problem)
        case close
        case none
    }

    /// A request has arrived to its end.
    mutating func endReceived() -> EndAction {
        switch self.state {
        case .receiving(let keepsAlive, _, _):
            self.state = .responding(keepsAlive: keepsAlive, isBodyAhead: false)
            return .handle
        case .refusing(let problem, let keepsAlive):
            self.state = .responding(keepsAlive: keepsAlive, isBodyAhead: false)
            return .respond(problem)
        case .responding(_, isBodyAhead: true):
            self.state = .responding(keepsAlive: false, isBodyAhead: false)
            return .none
        case .lingering:
            self.state = .closed
            return .close
        case .closed:
            return .none
        case .idle, .responding(_, isBodyAhead: false):
            preconditionFailure("a request ended in \(self.state)")
        }
    }

    enum FinishAction: Equatable {
        /// Go on with what was held back.
        case takeNextRequest
        /// Close once everything is written.
        case close
        /// Close the writing side once everything is written, and wait for the client for a while.
        case linger
        case none
    }

    /// The response was handed over to its last byte.
    mutating func responseFinished() -> FinishAction {
        switch self.state {
        case .responding(keepsAlive: true, isBodyAhead: false) where !self.isEnding && !self.isInputClosed:
            self.state = .idle
            return .takeNextRequest
        case .responding(_, isBodyAhead: true) where !self.isInputClosed:
            self.state = .lingering
            return .linger
        case .responding:
            self.state = .closed
            return .close
        case .closed:
            return .none
        case .idle, .receiving, .refusing, .lingering:
            preconditionFailure("a response finished in \(self.state)")
        }
    }

    enum InterruptAction: Equatable {
        case respond(Problem)
        case close
        case none
    }

    /// The client will send nothing more. It may still be reading. In order with the requests it sent ahead.
    mutating func inputClosed() -> InterruptAction {
        self.isInputClosed = true
        switch self.state {
        case .responding, .closed:
            return .none
        case .idle, .receiving, .refusing, .lingering:
            self.state = .closed
            return .close
        }
    }

    /// What arrived is no HTTP.
    mutating func malformedInput() -> InterruptAction {
        switch self.state {
        case .idle, .receiving, .refusing:
            self.state = .responding(keepsAlive: false, isBodyAhead: false)
            return .respond(.malformedRequest)
        case .responding, .lingering:
            // The request that is being answered came before; nothing can come after.
            self.isInputClosed = true
            return .none
        case .closed:
            return .none
        }
    }

    /// The rest of a request did not come in time, not even of its head.
    mutating func receivingTimedOut() -> InterruptAction {
        switch self.state {
        case .idle, .receiving, .refusing:
            self.state = .responding(keepsAlive: false, isBodyAhead: false)
            return .respond(.requestTimedOut)
        case .responding, .closed:
            return .none
        case .lingering:
            self.state = .closed
            return .close
        }
    }

    /// Nothing has come for as long as a connection may stay without a request.
    mutating func idledOut() -> InterruptAction {
        guard case .idle = self.state else { return .none }
        self.state = .closed
        return .close
    }

    /// The response that is outstanding, or the next one, is the connection's last.
    mutating func endWithNextResponse() {
        self.isEnding = true
    }

    /// The service is shutting down; the response that is outstanding is this connection's last.
    ///
    /// - Parameter isFinal: Whether even a request that has begun to arrive is not waited for.
    /// - Returns: What becomes of the connection now.
    mutating func drain(isFinal: Bool) -> InterruptAction {
        self.isEnding = true
        switch self.state {
        case .idle:
            self.state = .closed
            return .close
        case .receiving, .refusing, .lingering:
            guard isFinal else { return .none }
            self.state = .closed
            return .close
        case .responding, .closed:
            return .none
        }
    }

    /// The connection is gone.
    mutating func becameInactive() {
        self.state = .closed
    }
}
