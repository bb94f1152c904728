package import ArgumentParser
import Client
import Tasks

/// The exit codes of `terrarium`, which scripts rely on.
package enum ExitStatus: Int32, Error, CaseIterable {
    case success = 0
    /// The task failed, or the task that was named does not exist.
    case failure = 1
    /// Bad usage or bad input.
    case badInput = 2
    /// No service answers.
    case unreachable = 3
    /// The code has a syntax error, or the policy refuses it.
    case refusedCode = 4
    /// The service has no room, or is shutting down.
    case turnedAway = 5
    case sandboxMinimumNotMet = 77
    case badConfiguration = 78
    case timedOut = 124
    case cancelled = 130

    /// The exit code of a task that ended with `outcome`.
    init(outcome: String) {
        switch (outcome, FailureKind(name: outcome)) {
        case ("succeeded", _): self = .success
        case (_, .syntaxError), (_, .policyViolation): self = .refusedCode
        case (_, .timedOut): self = .timedOut
        case (_, .cancelled): self = .cancelled
        default: self = .failure
        }
    }

    /// The exit code of a request that failed.
    init(_ error: ClientError) {
        switch error {
        case .turnedAway: self = .turnedAway
        case .refused(let problem): self = problem.status == 403 ? .unreachable : .badInput
        case .unreachable, .forbidden, .connectionLost, .malformedAnswer: self = .unreachable
        }
    }

    /// The code as a value of ArgumentParser.
    package var exitCode: ExitCode { ExitCode(self.rawValue) }
}
