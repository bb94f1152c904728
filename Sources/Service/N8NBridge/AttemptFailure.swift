/// Why an attempt to connect to the task broker or to exchange a token failed.
struct AttemptFailure: Error {
    /// The status of the HTTP response; nil when there was no response.
    var status: Int?
    var reason: String

    init(status: Int) {
        self.status = status
        self.reason = "HTTP status \(status)"
    }

    init(reason: String) {
        self.reason = reason
    }

    /// How ``ReconnectStateMachine`` treats the failure. Only the statuses 401 and 403 mean that the task broker refused
    /// the token.
    var classification: ReconnectStateMachine.Failure {
        switch self.status {
        case 401?, 403?: .refused(status: self.status ?? 0)
        default: .transient
        }
    }
}
