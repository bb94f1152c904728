import Testing

@testable import PythonRuntime

@Suite struct ProgressThrottleTests {
    @Test func tellsAtMostEveryFiftyMillisecondsAndTheEnd() {
        let start = ContinuousClock.now
        var pace = ProgressThrottle(total: 10, at: start)
        let told = [(1, 0), (2, 49), (3, 50), (4, 99), (5, 101), (10, 102)].filter { done, milliseconds in
            pace.shouldReport(done: done, at: start + .milliseconds(milliseconds))
        }
        #expect(told.map(\.0) == [3, 5, 10])
    }
}
