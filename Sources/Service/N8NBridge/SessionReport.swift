/// The result of a session that has ended.
struct SessionReport: Sendable {
    var end: ConnectionEnd
    /// Whether the task broker had registered the runner in this session.
    var wasRegistered: Bool
}
