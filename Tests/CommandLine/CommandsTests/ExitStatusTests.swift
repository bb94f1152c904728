import Client
import Tasks
import Testing

@testable import Commands

@Suite struct ExitStatusTests {
    @Test func outcomesHaveTheirCodes() {
        let codes: [FailureKind: Int32] = [
            .syntaxError: 4, .policyViolation: 4, .pythonError: 1, .invalidResult: 1, .timedOut: 124, .cancelled: 130,
            .memoryExceeded: 1, .outputExceeded: 1, .workerDied: 1,
        ]
        for kind in FailureKind.allCases {
            #expect(ExitStatus(outcome: kind.name).rawValue == codes[kind], "\(kind)")
        }
        #expect(ExitStatus(outcome: "succeeded") == .success)
        #expect(ExitStatus(outcome: "something_newer") == .failure)
    }

    @Test func requestsThatComeToNothingHaveTheirCodes() {
        #expect(ExitStatus(.unreachable(path: "", reason: "")).rawValue == 3)
        #expect(ExitStatus(.connectionLost(reason: "")).rawValue == 3)
        #expect(ExitStatus(.turnedAway(ServiceProblem(status: 429, title: ""))).rawValue == 5)
        #expect(ExitStatus(.refused(ServiceProblem(status: 413, title: ""))).rawValue == 2)
        #expect(ExitStatus(.refused(ServiceProblem(status: 403, title: ""))).rawValue == 3)
    }

    @Test func aTimeToTryAgainIsSaidOnce() {
        let full = ServiceProblem(status: 429, title: "", detail: "The queue is full. Try again later.", retryAfter: 1)
        #expect(CommandError(.turnedAway(full)).message == "turned away: The queue is full; try again in 1 s")
        // The control: without a time the service's sentence stays.
        let vague = ServiceProblem(status: 429, title: "", detail: "The queue is full. Try again later.")
        #expect(CommandError(.turnedAway(vague)).message == "turned away: The queue is full. Try again later.")
    }
}
