import N8NBridge
import NIOCore
import Settings

/// Divides the limit on descriptors of the process. Workers, fork servers, the other listeners and files are reserved
/// first, because a connection that is not accepted can be retried, while a worker without a socket fails its task.
/// Connections to the API get the rest.
struct DescriptorBudget: Equatable {
    /// The maximum number of connections to the API.
    let connections: Int
    /// The maximum number of connections over that limit that get an error response before they are closed.
    let rejections: Int
    /// The maximum number of warm workers of each pool. Warm workers keep their descriptors while no task runs, so more of
    /// them would leave the API without a descriptor for as long as it is idle.
    let warmWorkers: Int

    /// The smallest budget of the API, which holds even if the limit on descriptors is too low for the other parts.
    private static let minimum = (connections: 8, rejections: 2)
    /// The fork servers of two pools: workers with and without preloaded packages. Each pool has a serving fork server and
    /// possibly one that replaces it. A fork server has a control socket, a process descriptor and, while it starts, both
    /// ends of a pipe.
    private static let forkServers = 4 * 4
    /// Connections to n8n's task broker: the current one, the one that replaces it, and the token exchange.
    private static let bridge = 4
    /// Descriptors of configuration, certificates, time zones, log and notification sockets, and short-lived ones of
    /// libraries.
    private static let files = 16
    /// The descriptors of a worker: its socket, the other end of that socket until the fork server has received it, and a
    /// process descriptor.
    private static let descriptorsPerWorker = 3
    /// Workers with and without preloaded packages have a pool each.
    private static let pools = 2

    /// - Parameters:
    ///   - settings: The settings in force.
    ///   - limit: The process's limit on descriptors.
    init(_ settings: ServiceSettings, limit: Int) {
        let perWorkerOfEachPool = Self.pools * Self.descriptorsPerWorker
        let workers =
            perWorkerOfEachPool * (settings.maximumConcurrency + (settings.warmWorkers ?? settings.maximumConcurrency))
        let health = settings.healthCheckServerEnabled ? HealthCheckServer.maximumConnections : 0
        let loops = StartResources.descriptors(loops: NIOSingletons.groupLoopCountSuggestion)
        let shared = limit - Self.forkServers - health - Self.bridge - Self.files - loops
        let spare = shared - workers
        self.rejections = max(min(64, spare / 8), Self.minimum.rejections)
        // One user gets at most half of the connections: that half suffices to fill all task slots and the queue.
        let wanted = 1024 + 2 * (settings.maximumConcurrency + settings.queueLimit)
        self.connections = max(min(wanted, spare - self.rejections), Self.minimum.connections)
        let leftByAPI = shared - Self.minimum.connections - Self.minimum.rejections
        self.warmWorkers = max(leftByAPI / perWorkerOfEachPool, 0)
    }
}
