/// The closing handshake and the keep-alive of an open WebSocket. A value without side effects, driven by
/// ``WebSocketHandler``.
struct WebSocketStateMachine {
    private enum State {
        case open
        /// The runner's close frame was sent or is queued, and the server's close frame has not arrived.
        case closing
        /// Both close frames were sent. The server then closes the connection.
        case closed
        case inactive
    }

    private let toleratedSilentPings: Int
    private var state = State.open
    /// The number of pings since the last traffic.
    private var silentPings = 0

    /// Creates the state of an open connection.
    ///
    /// - Parameter toleratedSilentPings: The number of consecutive pings without traffic that are tolerated.
    init(toleratedSilentPings: Int) {
        self.toleratedSilentPings = toleratedSilentPings
    }

    /// Whether received messages are still processed.
    var isOpen: Bool {
        switch self.state {
        case .open: true
        case .closing, .closed, .inactive: false
        }
    }

    /// Bytes arrived from the server, or the server has drained the runner's writes.
    mutating func trafficSeen() {
        self.silentPings = 0
    }

    enum PingAction: Equatable {
        case sendPing
        /// The server does not respond: close the connection.
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
        /// Send the close frame and start the close timer.
        case sendClose
        /// Nothing to do: a close frame was sent or received already.
        case none
    }

    /// The runner closes the connection.
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
        /// Send a close frame in response. The server then closes the connection.
        case answer
        /// The server has responded to the runner's close frame: close the connection.
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
