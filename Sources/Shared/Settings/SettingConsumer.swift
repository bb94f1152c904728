/// A part of the running service that takes changed settings on reload. A setting that takes effect on reload names its
/// consumers; the daemon has one switch that hands each consumer its new configuration.
public enum SettingConsumer: CaseIterable, Sendable {
    /// The dispatcher, for tasks that are submitted afterwards.
    case dispatcher
    /// The memory account, for requests and answers that are kept afterwards.
    case memory
    /// The HTTP server, for requests that arrive afterwards.
    case httpServer
    /// The bridge to n8n, from its next connection on.
    case bridge
    case log
    /// The worker pool, for new fork servers and the workers that they fork.
    case workers
}
