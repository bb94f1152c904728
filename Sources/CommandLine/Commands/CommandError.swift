package import Client

/// Why a command ends: its exit code, and a line for standard error.
package struct CommandError: Error, Equatable {
    package var status: ExitStatus
    package var message: String

    package static func badInput(_ message: String) -> Self {
        Self(status: .badInput, message: message)
    }

    package init(status: ExitStatus, message: String) {
        self.status = status
        self.message = message
    }

    /// The message for a failed request.
    package init(_ error: ClientError) {
        self.status = ExitStatus(error)
        switch error {
        case .unreachable(let path, let reason):
            self.message = "no service answers at \(path): \(reason)"
        case .forbidden(let path):
            self.message = "you may not connect to \(path); \(SocketPermission.advice(path))"
        case .turnedAway(let problem):
            var reason = problem.summary
            // This sentence is removed when the message gives the exact time.
            let vague = " Try again later."
            guard let seconds = problem.retryAfter else {
                self.message = "turned away: \(reason)"
                return
            }
            if reason.hasSuffix(vague) { reason.removeLast(vague.count) }
            if reason.hasSuffix(".") { reason.removeLast() }
            self.message = "turned away: \(reason); try again in \(seconds) s"
        case .refused(let problem):
            self.message = "the service refuses the request (\(problem.status)): \(problem.summary)"
        case .connectionLost(let reason):
            self.message = "the connection to the service was lost: \(reason)"
        case .malformedAnswer(let reason):
            self.message = "the service sent an invalid response: \(reason)"
        }
    }
}
