import Tasks

/// What the broker says.
enum BrokerMessage: Sendable {
    /// The settings of a task, as a request for the dispatcher.
    struct TaskSettings: Sendable {
        var request: TaskRequest
        /// Whether prints are wanted; brokers that do not say so want them.
        var wantsConsole: Bool
    }

    /// Wants to know who we are.
    case infoRequest
    /// Knows who we are, and waits for offers.
    case runnerRegistered
    case offerAccepted(taskID: String, offerID: String)
    case settings(taskID: String, TaskSettings)
    /// Settings that no task can be made of, and why.
    case unusableSettings(taskID: String, problem: String)
    case cancel(taskID: String, reason: String)
    /// The answer to one of our calls, which are all of the kind that need none.
    case rpcResponse
    /// Wants no further offers: n8n is shutting down.
    case drain
    /// A message of a kind that this runner does not know.
    case unknown(type: String)
}

extension String {
    /// The first of its scalars, for a log or an answer. One character may be as long as a message is.
    func excerpt(_ count: Int) -> String {
        String(self.unicodeScalars.prefix(count))
    }
}

/// A message that is none.
struct MalformedMessage: Error, Equatable {
    var reason: String
    /// Whether it is not even UTF-8.
    var isEncodingAtFault = false
}
