import Tasks

/// A message from n8n's task broker, as ``TaskBrokerMessageParser`` returns it. Code and items are slices of the received
/// bytes; the length of identifiers is bounded.
enum TaskBrokerMessage: Sendable {
    /// The settings of a task, converted to a submission for the dispatcher.
    struct TaskSettings: Sendable {
        var submission: TaskSubmission
        /// Whether prints are forwarded to n8n. True when the settings do not say.
        var wantsConsole: Bool
    }

    /// The task broker requests the runner's name and task types.
    case infoRequest
    /// The task broker has registered the runner, which may now send offers.
    case runnerRegistered
    case offerAccepted(taskID: String, offerID: String)
    case settings(taskID: String, TaskSettings)
    /// Settings from which no task can be made. `problem` is the reason, for the author of the workflow.
    case unusableSettings(taskID: String, problem: String)
    case cancel(taskID: String, reason: String)
    /// The response to an RPC of this runner. It is ignored: `logNodeOutput` has no result.
    case rpcResponse
    /// n8n is shutting down and accepts no further offers.
    case drain
    /// A message of an unknown type.
    case unknown(type: String)
}
