/// Why a request to the service failed.
public enum ClientError: Error, Equatable, Sendable {
    /// The socket does not exist, or no process listens on it.
    case unreachable(path: String, reason: String)
    /// The mode of the socket, or of a folder above it, does not permit this user to connect.
    case forbidden(path: String)
    /// The service is full (429) or shutting down (503); a later attempt may succeed.
    case turnedAway(ServiceProblem)
    /// The service answered with another error status (4xx or 5xx).
    case refused(ServiceProblem)
    /// The connection ended before the answer was complete.
    case connectionLost(reason: String)
    /// The response does not conform to the service's API.
    case malformedAnswer(reason: String)
}
