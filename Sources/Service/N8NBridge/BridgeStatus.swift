/// A snapshot of the bridge for metrics and for the daemon's decisions.
public struct BridgeStatus: Equatable, Sendable {
    /// Whether a WebSocket to the task broker is open.
    public var isConnected = false
    /// Whether the task broker has registered the runner and may send it tasks.
    public var isRegistered = false
    /// The number of tasks that were accepted and have not ended.
    public var tasks = 0
    /// The number of offers that are open.
    public var offers = 0

    public init() {}
}
