/// The protocol state of one connection: which request is being received or answered, and what happens to the connection
/// afterwards.
///
/// A state machine without side effects: each event returns an action. Owned by one ``ConnectionHandler``, which passes one
/// request at a time. The peer influences the order of events, so an event that the state does not allow must not trap: the
/// machine closes, and the returned action names the event.
struct ConnectionStateMachine {
    /// The length of a body, as the request's head announces it.
    enum BodyLength: Equatable {
        case none
        case known(Int)
        /// The body is sent in chunks.
        case unknown
    }

    /// The parts of a request's head that affect the connection.
    struct Head {
        /// Why the request is refused before its body is read; nil when it is not.
        var refusal: ProblemDocument?
        var body: BodyLength
        /// The largest body that this request may have, in bytes.
        var maximumBody: Int
        /// Whether the client waits for `100 Continue` before it sends the body.
        var expectsContinue: Bool
        /// Whether the client wants to reuse the connection.
        var keepsAlive: Bool
    }

    /// An event that the state of the machine does not allow. It shows a bug in this program.
    struct UnexpectedEvent: Equatable {
        let event: String
        let state: String
    }

    private enum State {
        /// Waiting for the head of a request.
        case idle
        /// The body of a request is being collected.
        case receiving(keepsAlive: Bool, received: Int, maximum: Int)
        /// The body of a refused request is being dropped. It is short, so the connection need not be closed.
        case refusing(ProblemDocument, keepsAlive: Bool)
        /// The response is outstanding or being written. If `isBodyAhead` is true, the rest of the request's body is still
        /// to come.
        case responding(keepsAlive: Bool, isBodyAhead: Bool)
        /// The response is written, and the rest of the body is dropped, so that the client can read the response.
        case lingering
        case closed

        var name: String {
            switch self {
            case .idle: "idle"
            case .receiving: "receiving"
            case .refusing: "refusing"
            case .responding(_, isBodyAhead: true): "responding ahead of the body"
            case .responding(_, isBodyAhead: false): "responding"
            case .lingering: "lingering"
            case .closed: "closed"
            }
        }
    }

    /// A refused body up to this size is read to its end; the response to a longer one is sent at once.
    static let shortBody = 64 * 1024

    private var state = State.idle
    /// Whether the outstanding response, or the next one, is the last on this connection.
    private var isEnding: Bool
    private var isInputClosed = false

    /// Creates the machine of a new connection.
    ///
    /// - Parameter isDraining: Whether the service is shutting down, so that the first response is the last.
    init(isDraining: Bool) {
        self.isEnding = isDraining
    }

    // MARK: State

    /// Whether the head of a request was received and its end was not.
    var isReceiving: Bool {
        switch self.state {
        case .receiving, .refusing: true
        case .idle, .responding, .lingering, .closed: false
        }
    }

    /// Whether the machine waits for the head of a request.
    var isIdle: Bool {
        if case .idle = self.state { return true }
        return false
    }

    /// Whether the response that begins now may announce keep-alive.
    var responseKeepsAlive: Bool {
        if case .responding(keepsAlive: true, isBodyAhead: false) = self.state {
            return !self.isEnding && !self.isInputClosed
        }
        return false
    }

    // MARK: Events

    enum HeadAction: Equatable {
        case collectBody
        /// Send `100 Continue`, then collect the body.
        case sendContinueAndCollectBody
        case respond(ProblemDocument)
        /// Log the event, and close the connection.
        case fail(UnexpectedEvent)
        case none
    }

    /// The head of a request has arrived.
    mutating func headReceived(_ head: Head) -> HeadAction {
        switch self.state {
        case .idle:
            var refusal = head.refusal
            if refusal == nil, case .known(let length) = head.body, length > head.maximumBody {
                refusal = .tooLarge(limit: head.maximumBody)
            }
            guard let refusal else {
                self.state = .receiving(keepsAlive: head.keepsAlive, received: 0, maximum: head.maximumBody)
                return head.expectsContinue && head.body != .none ? .sendContinueAndCollectBody : .collectBody
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
            return .fail(self.failed("head received"))
        }
    }

    enum BodyAction: Equatable {
        case append
        case drop
        case respond(ProblemDocument)
        /// Log the event, and close the connection.
        case fail(UnexpectedEvent)
    }

    /// A part of a body has arrived.
    mutating func bodyReceived(_ count: Int) -> BodyAction {
        switch self.state {
        case .receiving(let keepsAlive, let received, let maximum):
            guard count <= maximum - received else {
                self.state = .responding(keepsAlive: false, isBodyAhead: true)
                return .respond(.tooLarge(limit: maximum))
            }
            self.state = .receiving(keepsAlive: keepsAlive, received: received + count, maximum: maximum)
            return .append
        case .refusing, .responding(_, isBodyAhead: true), .lingering, .closed:
            return .drop
        case .idle, .responding(_, isBodyAhead: false):
            return .fail(self.failed("body received"))
        }
    }

    /// The user's memory account has no room for the body that is arriving.
    ///
    /// - Parameter problem: The response to the request.
    /// - Returns: The action to perform.
    mutating func bodyRefused(_ problem: ProblemDocument) -> BodyAction {
        guard case .receiving = self.state else { return .fail(self.failed("body refused")) }
        self.state = .responding(keepsAlive: false, isBodyAhead: true)
        return .respond(problem)
    }

    enum EndAction: Equatable {
        /// The request is complete: process it.
        case handle
        case respond(ProblemDocument)
        case close
        /// Log the event, and close the connection.
        case fail(UnexpectedEvent)
        case none
    }

    /// The end of a request has arrived.
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
            return .fail(self.failed("end received"))
        }
    }

    enum FinishAction: Equatable {
        case takeNextRequest
        case close
        /// Close the output side, then wait a limited time for the client to close.
        case linger
        /// Log the event, and close the connection.
        case fail(UnexpectedEvent)
        case none
    }

    /// The last byte of the response was written to the socket.
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
            return .fail(self.failed("response finished"))
        }
    }

    enum InterruptAction: Equatable {
        case respond(ProblemDocument)
        case close
        case none
    }

    /// The client has closed its sending side; it may still read. This event follows all requests that were sent before.
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

    /// The received bytes are not HTTP.
    mutating func malformedInput() -> InterruptAction {
        switch self.state {
        case .idle, .receiving, .refusing:
            self.state = .responding(keepsAlive: false, isBodyAhead: false)
            return .respond(.malformedRequest)
        case .responding, .lingering:
            // The request that is being answered precedes the malformed bytes. No further request can follow them.
            self.isInputClosed = true
            return .none
        case .closed:
            return .none
        }
    }

    /// A request or its head is incomplete after the time limit.
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

    /// No request arrived within the idle timeout.
    mutating func idledOut() -> InterruptAction {
        guard case .idle = self.state else { return .none }
        self.state = .closed
        return .close
    }

    /// Makes the outstanding response, or the next one, the last on this connection.
    mutating func endWithNextResponse() {
        self.isEnding = true
    }

    /// The service is shutting down: the outstanding response is the last on this connection.
    ///
    /// - Parameter isFinal: Whether an incomplete request is dropped as well.
    /// - Returns: Whether to close the connection now.
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

    /// The connection has closed.
    mutating func becameInactive() {
        self.state = .closed
    }

    private mutating func failed(_ event: String) -> UnexpectedEvent {
        defer { self.state = .closed }
        return UnexpectedEvent(event: event, state: self.state.name)
    }
}
