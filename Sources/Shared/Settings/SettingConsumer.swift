/// A part of the running service that takes changed settings on reload. A setting that takes effect on reload names its
/// consumers; the daemon has one switch that hands each consumer its new configuration.
public enum SettingConsumer: CaseIterable, Sendable {
    /// The run time of tasks that are submitted afterwards.
    case dispatcher
    /// Requests and answers that are kept afterwards.
    case memory
    /// Requests that arrive afterwards.
    case httpServer
    /// n8n's next connection.
    case bridge
    case log
    /// New fork servers and the workers that they fork.
    case workers
}
