/// Why a connection to the task broker ended. ``WebSocketHandler`` fires it as a pipeline event, and the bridge logs its
/// description.
enum ConnectionEnd: Error, Equatable {
    /// The task broker sent a close frame, possibly with a code and a reason.
    case closedByTaskBroker(WebSocketClose?)
    /// The connection closed without a close frame.
    case lost
    /// No traffic arrived during several pings.
    case unresponsive
    /// The task broker violated the WebSocket protocol or a limit.
    case violated(WebSocketViolation)
    /// The runner closed the connection.
    case closed
    case failed(String)

    /// The text for the log.
    var description: String {
        switch self {
        case .closedByTaskBroker(let close?):
            "closed by the task broker (\(close.code)\(close.reason.isEmpty ? "" : ": ")\(close.reason))"
        case .closedByTaskBroker(nil): "closed by the task broker"
        case .lost: "the connection broke"
        case .unresponsive: "the task broker does not answer"
        case .violated(let violation): "the task broker violated the protocol: \(violation.reason)"
        case .closed: "closed"
        case .failed(let reason): reason
        }
    }
}
