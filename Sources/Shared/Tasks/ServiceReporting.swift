/// The service as front ends show it and reload it. Callable from any thread; never blocks.
public protocol ServiceReporting: AnyObject, Sendable {
    func serviceInfo() -> ServiceInfo
    /// Whether tasks are accepted: the service is not draining, and a test task has succeeded in a real worker.
    func isReady() -> Bool
    /// The metrics page in the Prometheus text format. Only a privileged user sees the counters of each user.
    func metricsPage(for peer: Peer) -> String
    /// Reloads the configuration.
    ///
    /// - Parameter ended: Called once, on any thread: when the new settings are in effect, or with the reason why they were
    ///   not taken.
    func reload(ended: @escaping @Sendable (Swift.Result<ReloadReport, ReloadFailure>) -> Void)

    /// The tasks that have ended and that `peer` may see.
    func history(visibleTo peer: Peer, _ query: HistoryQuery) -> HistoryPage
}
