import Synchronization

/// What an ``HTTPServer`` goes by.
public struct HTTPServerSettings: Sendable {
    /// The largest body of a request, in bytes.
    public var maximumPayload: Int
    /// The users that may use the service; empty leaves it to the socket's mode. Taken literally: root and the
    /// service's own user have to be listed as well.
    public var allowedUserIDs: Set<UInt32>
    /// The user the service runs as, which may, like root, see and cancel everybody's tasks.
    public var serviceUserID: UInt32
    /// How many connections there are at once at most. No user gets all of them; see ``FairShares``.
    public var maximumConnections: Int
    /// How many bytes of bodies are in memory at once at most, from their arrival until a worker has begun with them.
    /// No user gets all of it.
    public var maximumBodyMemory: Int
    /// How long a connection stays without a request.
    public var idleTimeout: Duration
    /// How long a request that has begun may go without another byte.
    public var receiveTimeout: Duration
    /// How long a response that is waiting for its reader may go without it reading anything.
    public var stallTimeout: Duration
    /// How long a connection stays after a response that its client may not be reading yet because it is still
    /// sending.
    public var lingerTimeout: Duration

    public init(
        maximumPayload: Int,
        allowedUserIDs: Set<UInt32> = [],
        serviceUserID: UInt32,
        maximumConnections: Int = 1024,
        maximumBodyMemory: Int = .max,
        idleTimeout: Duration = .seconds(120),
        receiveTimeout: Duration = .seconds(60),
        stallTimeout: Duration = .seconds(60),
        lingerTimeout: Duration = .seconds(5)
    ) {
        self.maximumPayload = maximumPayload
        self.allowedUserIDs = allowedUserIDs
        self.serviceUserID = serviceUserID
        self.maximumConnections = maximumConnections
        self.maximumBodyMemory = maximumBodyMemory
        self.idleTimeout = idleTimeout
        self.receiveTimeout = receiveTimeout
        self.stallTimeout = stallTimeout
        self.lingerTimeout = lingerTimeout
    }

    /// How many connections over the limit are told so, all users' together; others are closed without a word.
    public static let maximumTurnedAway = 64
}

/// The settings that requests are held to, which a reload replaces while connections are open.
final class SettingsInForce: Sendable {
    private let value: Mutex<HTTPServerSettings>

    init(_ settings: HTTPServerSettings) {
        self.value = Mutex(settings)
    }

    var current: HTTPServerSettings { self.value.withLock { $0 } }

    func replace(with settings: HTTPServerSettings) {
        self.value.withLock { $0 = settings }
    }
}
