/// The interface by which front ends read the state of the service and reload its configuration. Callable from any thread;
/// never blocks.
public protocol ServiceReporting: AnyObject, Sendable {
    func serviceInfo() -> ServiceInfo
    /// All settings in force, for privileged peers.
    func settings() -> [SettingInForce]
    /// Whether tasks are accepted: the service is not draining, and a test task has succeeded in a real worker.
    func isReady() -> Bool
    /// The metrics page in the Prometheus text format. Only a privileged user sees the counters of each user.
    func metricsPage(for peer: Peer) -> String
    /// Reloads the configuration.
    ///
    /// - Parameter ended: Called once, on any thread: when the new settings are in force, or with the reason why the
    ///   reload failed.
    func reload(ended: @escaping @Sendable (Swift.Result<ReloadReport, ReloadFailure>) -> Void)

    /// The tasks that have ended and that `peer` may see.
    func history(visibleTo peer: Peer, _ query: HistoryQuery) -> HistoryPage
}
