/// A message from the task broker that is invalid: the bytes are not JSON, not an object, or lack a member that the
/// message's type requires.
struct MalformedMessage: Error, Equatable {
    var reason: String
    /// Whether the bytes are not valid UTF-8: WebSocket has a separate close code for that (1007).
    var isEncodingAtFault = false
}
