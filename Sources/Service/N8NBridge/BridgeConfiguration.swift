public import Tasks

/// The configuration of one bridge. The daemon makes it from the service's settings. It has every timeout and limit of the
/// connection to n8n's task broker, so that tests can shorten them.
public struct BridgeConfiguration: Equatable, Sendable {
    /// The delay between two attempts to connect. It doubles after each failure up to a limit, and is shortened at random
    /// by up to a half, so that many runners do not reconnect at the same moment.
    public struct Backoff: Equatable, Sendable {
        public var first: Duration
        public var largest: Duration

        public init(first: Duration, largest: Duration) {
            self.first = first
            self.largest = largest
        }
    }

    /// The task broker's address: `http://HOST:PORT` or `https://HOST:PORT`, optionally with a path prefix.
    public var taskBrokerURI: String
    /// The grant token of the first connection. n8n's task broker accepts each grant token once.
    public var grantToken: SecretToken?
    /// The shared secret that the task broker exchanges for a grant token, any number of times.
    public var authToken: SecretToken?
    /// The largest number of tasks that run at once.
    public var maximumConcurrency: Int
    /// The largest message in either direction, in bytes. ``TaskBrokerBridge/setLimits(maximumPayload:maximumConcurrency:)`` replaces it.
    public var maximumPayload: Int
    /// The peer to which the dispatcher attributes the bridge's tasks.
    public var peer: Peer

    /// A PEM file of certificate authorities that `https` trusts instead of the system's.
    public var certificateAuthorities: String?
    /// The time limit of each step: connecting, the WebSocket upgrade, and a token exchange.
    public var connectTimeout = Duration.seconds(10)
    /// The interval between pings to the task broker.
    public var pingInterval = Duration.seconds(30)
    /// The connection is closed after this many consecutive pings without any traffic from the task broker.
    public var toleratedSilentPings = 2
    /// The time limit of the closing handshake, after which the runner closes the connection.
    public var closeTimeout = Duration.seconds(5)
    public var backoff = Backoff(first: .milliseconds(500), largest: .seconds(30))
    /// The shortest validity of an offer, equal to that of n8n's own runner.
    public var offerValidity = Duration.seconds(5)
    /// The largest random addition to an offer's validity, so that offers do not expire all at once.
    public var offerJitter = Duration.milliseconds(500)
    /// How long an expired offer is still accepted, to allow for the round trip to the task broker.
    public var offerLateness = Duration.seconds(2)
    /// The bound on the memory of queued prints while the task broker reads slowly, see ``ConsoleBudget``.
    public var consoleBacklog = 16 << 20
    /// How long an accepted task may wait for its settings from the task broker.
    public var settingsTimeout = Duration.seconds(60)

    public init(
        taskBrokerURI: String,
        grantToken: SecretToken? = nil,
        authToken: SecretToken? = nil,
        maximumConcurrency: Int,
        maximumPayload: Int,
        peer: Peer
    ) {
        self.taskBrokerURI = taskBrokerURI
        self.grantToken = grantToken
        self.authToken = authToken
        self.maximumConcurrency = maximumConcurrency
        self.maximumPayload = maximumPayload
        self.peer = peer
    }
}
