import Client

/// Something that ends a command: the exit code, and a line for the person at the terminal.
struct Complaint: Error, Equatable {
    var status: ExitStatus
    var message: String

    static func badInput(_ message: String) -> Self {
        Self(status: .badInput, message: message)
    }

    init(status: ExitStatus, message: String) {
        self.status = status
        self.message = message
    }

    /// Says what a failed request means to the person who made it.
    init(_ error: ClientError) {
        self.status = ExitStatus(error)
        switch error {
        case .unreachable(let path, let reason):
            self.message = "no service answers at \(path): \(reason)"
        case .forbidden(let path):
            self.message = "you may not connect to \(path); \(SocketPermission.advice(path))"
        case .turnedAway(let problem):
            let later = problem.retryAfter.map { "; try again in \($0) s" } ?? ""
            self.message = "turned away: \(problem.summary)\(later)"
        case .refused(let problem):
            self.message = "the service refuses the request (\(problem.status)): \(problem.summary)"
        case .connectionLost(let reason):
            self.message = "the connection to the service was lost: \(reason)"
        case .malformedAnswer(let reason):
            self.message = "the service gave an answer that makes no sense: \(reason)"
        }
    }
}
