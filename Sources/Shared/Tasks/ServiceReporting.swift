/// The state of the service, as front ends show it. Callable from any thread; never blocks.
public protocol ServiceReporting: AnyObject, Sendable {
    func serviceInfo() -> ServiceInfo
    /// Whether tasks are accepted: the service is not draining, and a test task has succeeded in a real worker.
    func isReady() -> Bool
    /// The metrics page in the Prometheus text format.
    func metricsPage() -> String
}
