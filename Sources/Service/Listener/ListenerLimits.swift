/// The limits of a listener's connections. The owner of the listener sets them.
public struct ListenerLimits: Equatable, Sendable {
    /// The largest number of connections whose request is incomplete or whose response is outstanding.
    public var connections: Int
    /// The largest number of additional connections that are being closed.
    public var closing: Int
    /// The time limit of a connection, from its acceptance to the last byte of the response. Nil for a protocol whose
    /// connections carry many requests and have their own deadlines: the listener then closes no connection, and does not
    /// accept while it is full.
    public var connectionTimeout: Duration?
    /// How long the listener does not accept after accept(2) failed for lack of descriptors or memory.
    public var acceptRetry: Duration

    public init(
        connections: Int,
        closing: Int = 8,
        connectionTimeout: Duration?,
        acceptRetry: Duration = .milliseconds(250)
    ) {
        self.connections = connections
        self.closing = closing
        self.connectionTimeout = connectionTimeout
        self.acceptRetry = acceptRetry
    }

    /// The largest number of descriptors that the connections hold.
    public var descriptors: Int { self.connections + self.closing }
}
