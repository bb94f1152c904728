/// Decides when to connect, with which token, and when to give up. A value without side effects: ``TaskBrokerBridge``
/// performs one action at a time and reports its result.
///
/// A grant token is valid for one connection. The configured grant token is tried first. Without an auth token, its refusal
/// ends the bridge. With an auth token, every later connection uses a freshly exchanged grant token. The refusal of a fresh
/// token does not prove that the auth token is wrong: the task broker may have restarted between the two requests, or a
/// proxy may have responded. Two refusals in a row end the bridge, but not after the first registration, which proves that
/// the auth token is right.
struct ReconnectStateMachine {
    enum Action: Equatable {
        /// Exchange the auth token for a grant token.
        case exchange(SecretToken)
        case connect(SecretToken)
        case wait(Duration)
        /// An event arrived that the state does not allow. Connect again after the delay.
        case restart(Duration, unexpected: String)
        case end(BridgeError)
    }

    /// Why an attempt to connect or to exchange a token failed.
    enum Failure: Error, Equatable {
        /// The task broker refused the token with this HTTP status.
        case refused(status: Int)
        /// A failure that may not recur at a later attempt.
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
    /// The number of consecutive failures.
    private var failures = 0
    /// Whether the last fresh token was refused.
    private var wasFreshTokenRefused = false
    /// Whether the task broker has ever registered the runner.
    private var wasRegistered = false

    init(grantToken: SecretToken?, authToken: SecretToken?, backoff: BridgeConfiguration.Backoff) {
        self.grantToken = grantToken
        self.authToken = authToken
        self.backoff = backoff
    }

    mutating func start(using generator: inout some RandomNumberGenerator) -> Action {
        guard case .idle = self.state else { return self.restart("started", using: &generator) }
        return self.attempt()
    }

    mutating func waited(using generator: inout some RandomNumberGenerator) -> Action {
        guard case .waiting = self.state else { return self.restart("waited", using: &generator) }
        return self.attempt()
    }

    mutating func exchanged(
        _ result: Swift.Result<SecretToken, Failure>,
        using generator: inout some RandomNumberGenerator
    ) -> Action {
        guard case .exchanging = self.state else { return self.restart("exchanged", using: &generator) }
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

    /// The connection is open. In a state other than `connecting` this call changes nothing, and the later
    /// ``disconnected(wasUseful:using:)`` returns ``Action/restart(_:unexpected:)``.
    mutating func connected() {
        guard case .connecting = self.state else { return }
        self.state = .connected
        self.isGrantTokenSpent = true
        self.wasFreshTokenRefused = false
    }

    mutating func connectFailed(
        _ failure: Failure,
        using generator: inout some RandomNumberGenerator
    ) -> Action {
        guard case .connecting(let isFresh) = self.state else {
            return self.restart("failed to connect", using: &generator)
        }
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

    /// The connection was lost.
    ///
    /// - Parameters:
    ///   - wasUseful: Whether the task broker had registered the runner. If not, the lost connection counts as a failure.
    ///   - generator: The source of randomness for the jitter.
    /// - Returns: The next action.
    mutating func disconnected(
        wasUseful: Bool,
        using generator: inout some RandomNumberGenerator
    ) -> Action {
        guard case .connected = self.state else { return self.restart("disconnected", using: &generator) }
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

    /// Handles an event that the state does not allow. The task broker influences the order of events, so an unexpected one
    /// must not trap.
    private mutating func restart(_ event: String, using generator: inout some RandomNumberGenerator) -> Action {
        let unexpected = "\(event) in the state \(self.state)"
        self.state = .waiting
        return .restart(self.delay(using: &generator), unexpected: unexpected)
    }

    private mutating func wait(using generator: inout some RandomNumberGenerator) -> Action {
        self.state = .waiting
        return .wait(self.delay(using: &generator))
    }

    private mutating func delay(using generator: inout some RandomNumberGenerator) -> Duration {
        // At most 30, so that the shift below cannot overflow.
        let doublings = min(self.failures, 30)
        self.failures += 1
        let delay = min(self.backoff.first * (1 << doublings), self.backoff.largest)
        return delay * Double.random(in: 0.5...1, using: &generator)
    }

    private mutating func end(_ error: BridgeError) -> Action {
        self.state = .ended
        return .end(error)
    }
}
