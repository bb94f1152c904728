/// The limits and timeouts of an ``HTTPServer``. `Daemon` makes them from the service's settings.
public struct HTTPServerSettings: Equatable, Sendable {
    /// The largest body of a request, in bytes.
    public var maximumPayload: Int
    /// The users that may use the service; if empty, only the socket's mode restricts access. Root and the service's own
    /// user are not exempt: they must be in the list as well.
    public var allowedUserIDs: Set<UInt32>
    /// The user that the service runs as. Like root, it may list and cancel the tasks of all users.
    public var serviceUserID: UInt32
    /// The largest number of open connections, divided among users; see `PerUserQuota`.
    public var maximumConnections: Int
    /// How many connections over the limit, of all users together, get a response that says so. Further connections are
    /// closed without a response.
    public var maximumRejectionSlots: Int
    /// How long a connection may stay open without a request.
    public var idleTimeout: Duration
    /// How long an incomplete request may go without a byte, and how long a whole request may take in addition to the time
    /// that its bytes take at ``minimumRate``.
    public var receiveTimeout: Duration
    /// The interval over which the server measures the rate at which a client reads a response. The rate must be at least
    /// ``minimumRate``.
    public var stallTimeout: Duration
    /// The lowest rate at which a client may send a body or read a response, in bytes a second.
    public var minimumRate: Int
    /// How long a connection stays open after a response while the client is still sending the request's body.
    public var lingerTimeout: Duration

    public init(
        maximumPayload: Int,
        allowedUserIDs: Set<UInt32> = [],
        serviceUserID: UInt32,
        maximumConnections: Int = 1024,
        maximumRejectionSlots: Int = 64,
        idleTimeout: Duration = .seconds(120),
        receiveTimeout: Duration = .seconds(60),
        stallTimeout: Duration = .seconds(60),
        minimumRate: Int = 64 << 10,
        lingerTimeout: Duration = .seconds(5)
    ) {
        self.maximumPayload = maximumPayload
        self.allowedUserIDs = allowedUserIDs
        self.serviceUserID = serviceUserID
        self.maximumConnections = maximumConnections
        self.maximumRejectionSlots = maximumRejectionSlots
        self.idleTimeout = idleTimeout
        self.receiveTimeout = receiveTimeout
        self.stallTimeout = stallTimeout
        self.minimumRate = minimumRate
        self.lingerTimeout = lingerTimeout
    }
}
