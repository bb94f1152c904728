/// The service's reason for refusing a request (RFC 9457).
public struct ServiceProblem: Equatable, Sendable {
    /// The HTTP status.
    public var status: Int
    public var title: String
    public var detail: String?
    /// The seconds after which to try again, from `Retry-After`; nil when the response does not give them.
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
