/// A WebSocket from its opening on: the closing handshake, and whether there is still somebody at the other end.
struct WebSocketStateMachine {
    private enum State {
        case open
        /// A close frame was sent, or is to be sent behind what is queued; the other side's is awaited.
        case closing
        /// Both close frames are out: all that is left is for the connection to go away.
        case closed
        case inactive
    }

    private let toleratedSilentPings: Int
    private var state = State.open
    /// Pings since the last sign of life.
    private var silentPings = 0

    /// Makes the machine of an open connection.
    ///
    /// - Parameter toleratedSilentPings: How many pings in a row may go without a sign of life.
    init(toleratedSilentPings: Int) {
        self.toleratedSilentPings = toleratedSilentPings
    }

    /// Whether messages that come are still of interest.
    var isOpen: Bool {
        switch self.state {
        case .open: true
        case .closing, .closed, .inactive: false
        }
    }

    /// Something came, whatever it was, or what we sent was taken.
    mutating func signOfLife() {
        self.silentPings = 0
    }

    enum PingAction: Equatable {
        case sendPing
        /// Nobody answers: cut the connection.
        case giveUp
        case none
    }

    mutating func pingDue() -> PingAction {
        switch self.state {
        case .open:
            guard self.silentPings < self.toleratedSilentPings else {
                self.state = .inactive
                return .giveUp
            }
            self.silentPings += 1
            return .sendPing
        case .closing, .closed, .inactive:
            return .none
        }
    }

    enum CloseAction: Equatable {
        /// Send the close frame, and give the other side some time to answer.
        case sendClose
        /// It was sent already.
        case none
    }

    /// We want to close.
    mutating func closeRequested() -> CloseAction {
        switch self.state {
        case .open:
            self.state = .closing
            return .sendClose
        case .closing, .closed, .inactive:
            return .none
        }
    }

    enum CloseReceivedAction: Equatable {
        /// Answer in kind. The server closes the connection.
        case answer
        /// That was the answer to ours.
        case finish
        case none
    }

    mutating func closeReceived() -> CloseReceivedAction {
        switch self.state {
        case .open:
            self.state = .closed
            return .answer
        case .closing:
            self.state = .closed
            return .finish
        case .closed, .inactive:
            return .none
        }
    }

    mutating func becameInactive() {
        self.state = .inactive
    }
}
