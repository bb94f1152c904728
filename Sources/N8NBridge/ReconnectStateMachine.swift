/// Decides when to connect, with which token, and when to give up.
///
/// A grant token is good for one connection, so the one we were given is tried first and, where there is an auth token,
/// a fresh one is asked for ever after. That a fresh token is refused need not be about the token: the broker may have
/// restarted between the two requests, or a proxy has answered in its place. So it takes two of them in a row to end
/// the bridge, and none can end one that the broker has registered before: its auth token is known to be right.
struct ReconnectStateMachine {
    enum Action: Equatable {
        /// Exchange the auth token for a grant token.
        case exchange(SecretToken)
        case connect(SecretToken)
        case wait(Duration)
        case end(BridgeError)
    }

    /// How an attempt ended that got nowhere.
    enum Failure: Error, Equatable {
        /// Turned away, with this status.
        case refused(status: Int)
        /// Anything that may be different next time.
        case transient
    }

    private enum State {
        case idle
        case exchanging
        case connecting(isFresh: Bool)
        case connected
        case waiting
        case ended
    }

    private let grantToken: SecretToken?
    private let authToken: SecretToken?
    private let backoff: BridgeConfiguration.Backoff
    private var state = State.idle
    private var isGrantTokenSpent = false
    /// Failures in a row.
    private var failures = 0
    /// Whether a fresh token was refused, and none was taken since.
    private var wasFreshTokenRefused = false
    /// Whether the broker has ever registered the runner.
    private var wasRegistered = false

    init(grantToken: SecretToken?, authToken: SecretToken?, backoff: BridgeConfiguration.Backoff) {
        self.grantToken = grantToken
        self.authToken = authToken
        self.backoff = backoff
    }

    mutating func start() -> Action {
        guard case .idle = self.state else { preconditionFailure("started in \(self.state)") }
        return self.attempt()
    }

    mutating func waited() -> Action {
        guard case .waiting = self.state else { preconditionFailure("waited in \(self.state)") }
        return self.attempt()
    }

    mutating func exchanged(
        _ result: Swift.Result<SecretToken, Failure>,
        using generator: inout some RandomNumberGenerator
    ) -> Action {
        guard case .exchanging = self.state else { preconditionFailure("exchanged in \(self.state)") }
        switch result {
        case .success(let token):
            self.state = .connecting(isFresh: true)
            return .connect(token)
        case .failure(.refused(let status)) where !self.wasRegistered:
            return self.end(.authTokenRefused(status: status))
        case .failure:
            return self.wait(using: &generator)
        }
    }

    /// The connection stands.
    mutating func connected() {
        guard case .connecting = self.state else { preconditionFailure("connected in \(self.state)") }
        self.state = .connected
        self.isGrantTokenSpent = true
        self.wasFreshTokenRefused = false
    }

    mutating func connectFailed(
        _ failure: Failure,
        using generator: inout some RandomNumberGenerator
    ) -> Action {
        guard case .connecting(let isFresh) = self.state else { preconditionFailure("failed in \(self.state)") }
        switch failure {
        case .refused(let status):
            guard let authToken = self.authToken else {
                return self.end(.connectionRefused(status: status, hasAuthToken: false))
            }
            guard isFresh else {
                self.isGrantTokenSpent = true
                self.state = .exchanging
                return .exchange(authToken)
            }
            if self.wasFreshTokenRefused, !self.wasRegistered {
                return self.end(.connectionRefused(status: status, hasAuthToken: true))
            }
            self.wasFreshTokenRefused = true
            return self.wait(using: &generator)
        case .transient:
            return self.wait(using: &generator)
        }
    }

    /// The connection is lost.
    ///
    /// - Parameters:
    ///   - wasUseful: Whether the broker had registered the runner; if not, this is one more failure.
    ///   - generator: Where chance comes from.
    /// - Returns: What to do now.
    mutating func disconnected(
        wasUseful: Bool,
        using generator: inout some RandomNumberGenerator
    ) -> Action {
        guard case .connected = self.state else { preconditionFailure("disconnected in \(self.state)") }
        if wasUseful {
            self.failures = 0
            self.wasRegistered = true
        }
        return self.wait(using: &generator)
    }

    private mutating func attempt() -> Action {
        if let token = self.grantToken, !self.isGrantTokenSpent || self.authToken == nil {
            self.state = .connecting(isFresh: false)
            return .connect(token)
        }
        guard let token = self.authToken else { return self.end(.noToken) }
        self.state = .exchanging
        return .exchange(token)
    }

    private mutating func wait(using generator: inout some RandomNumberGenerator) -> Action {
        self.state = .waiting
        // Beyond that many doublings the limit has been reached whatever it is.
        let doublings = min(self.failures, 30)
        self.failures += 1
        let delay = min(self.backoff.first * (1 << doublings), self.backoff.largest)
        return .wait(delay * Double.random(in: 0.5...1, using: &generator))
    }

    private mutating func end(_ error: BridgeError) -> Action {
        self.state = .ended
        return .end(error)
    }
}
