/// Why a request to the service came to nothing.
public enum ClientError: Error, Equatable, Sendable {
    /// Nothing answers at the socket: it is missing, or no process listens.
    case unreachable(path: String, reason: String)
    /// The mode of the socket, or of a folder on the way to it, keeps this user out.
    case forbidden(path: String)
    /// The service has no room (429) or is shutting down (503); another time it may take the task.
    case turnedAway(Problem)
    /// The service refuses the request: 4xx, or an error of its own.
    case refused(Problem)
    /// The connection ended before the answer was complete.
    case connectionLost(reason: String)
    /// What came back is not what this service would say.
    case malformedAnswer(reason: String)
}

/// What the service says of a request that it does not carry out (RFC 9457).
public struct Problem: Equatable, Sendable {
    /// The HTTP status.
    public var status: Int
    public var title: String
    public var detail: String?
    /// From `Retry-After`, when it is given in seconds.
    public var retryAfter: Int?

    public init(status: Int, title: String, detail: String? = nil, retryAfter: Int? = nil) {
        self.status = status
        self.title = title
        self.detail = detail
        self.retryAfter = retryAfter
    }

    /// The problem in one line.
    public var summary: String {
        self.detail ?? self.title
    }
}
