public import Tasks

/// What the bridge goes by.
public struct BridgeConfiguration: Sendable {
    /// How long to wait before connecting again: doubled from one failure to the next, up to a limit, and shortened by
    /// chance by up to a half so that many runners do not come back at the same moment.
    public struct Backoff: Equatable, Sendable {
        public var first: Duration
        public var largest: Duration

        public init(first: Duration, largest: Duration) {
            self.first = first
            self.largest = largest
        }
    }

    /// Where the broker listens: `http://HOST:PORT` or `https://HOST:PORT`, with a path before it if need be.
    public var taskBrokerURI: String
    /// A token to connect with at once. n8n's broker takes each but once.
    public var grantToken: SecretToken?
    /// A token that the broker exchanges for a grant token as often as it is asked.
    public var authToken: SecretToken?
    /// Tasks at once.
    public var maximumConcurrency: Int
    /// Bytes of the largest message either way, until another number is set.
    public var maximumPayload: Int
    /// Whom the dispatcher takes for the submitter of every task.
    public var peer: Peer

    /// A file of PEM certificates to trust for `https`, instead of those that the system trusts.
    public var certificateAuthorities: String?
    /// How long connecting, upgrading and exchanging a token may take, each.
    public var connectTimeout = Duration.seconds(10)
    /// How often the broker is sent a ping.
    public var pingInterval = Duration.seconds(30)
    /// How many pings in a row may go without any sign of life before the connection is given up.
    public var toleratedSilentPings = 2
    /// How long a closed connection is waited for before it is cut.
    public var closeTimeout = Duration.seconds(5)
    public var backoff = Backoff(first: .milliseconds(500), largest: .seconds(30))
    /// How long an offer is good for, at least; n8n's own runner says the same.
    public var offerValidity = Duration.seconds(5)
    /// Up to how much longer, by chance, so that offers do not expire all at once.
    public var offerJitter = Duration.milliseconds(500)
    /// How long after its end an offer may still be taken: the way to the broker and back takes its time.
    public var offerLateness = Duration.seconds(2)
    /// How long a task that was accepted may go without its settings.
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

    /// The configuration that the service's settings ask for; nil when no token is set, which means that no bridge is
    /// wanted.
    ///
    /// - Parameters:
    ///   - settings: The settings in force.
    ///   - peer: Whom the dispatcher takes for the submitter: the service itself.
    /// - Throws: ``BridgeError/unusableToken(setting:)`` for a token that cannot be sent.
    public init?(_ settings: Settings, peer: Peer) throws(BridgeError) {
        guard settings.grantToken != nil || settings.authToken != nil else { return nil }
        let grantToken = try settings.grantToken.map { (text) throws(BridgeError) in
            guard let token = SecretToken(text) else { throw .unusableToken(setting: "TERRARIUM_GRANT_TOKEN") }
            return token
        }
        self.init(
            taskBrokerURI: settings.taskBrokerURI,
            grantToken: grantToken,
            authToken: settings.authToken.flatMap { SecretToken(inBody: $0) },
            maximumConcurrency: settings.maximumConcurrency,
            maximumPayload: settings.maximumPayload,
            peer: peer
        )
    }
}
