/// A violation of the WebSocket protocol or of a limit by the server. `code` and `reason` are sent to the server in a close
/// frame.
struct WebSocketViolation: Error, Equatable {
    var code: UInt16
    var reason: String

    static func protocolError(_ reason: String) -> Self { Self(code: 1002, reason: reason) }
}
