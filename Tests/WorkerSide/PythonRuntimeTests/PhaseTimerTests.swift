import Tasks
import Testing

@testable import PythonRuntime

@Suite struct PhaseTimerTests {
    private let start = ContinuousClock.now

    private func after(_ milliseconds: Int) -> ContinuousClock.Instant { self.start + .milliseconds(milliseconds) }

    @Test func everyMomentBelongsToOnePhase() {
        var watch = PhaseTimer(at: self.start)
        watch.enter(.run, at: self.after(1))
        watch.enter(.encode, at: self.after(11))
        watch.enter(.run, at: self.after(111))
        watch.enter(.encode, at: self.after(121))
        let phases = TaskPhases(decode: .milliseconds(1), run: .milliseconds(20), encode: .milliseconds(200))
        #expect(watch.total(at: self.after(221)) == phases)
    }

    @Test func whatEndsEarlyHasTheTimeOfThePhaseItEndedIn() {
        var watch = PhaseTimer(at: self.start)
        #expect(watch.total(at: self.after(7)) == TaskPhases(decode: .milliseconds(7)))
        watch.enter(.run, at: self.after(8))
        #expect(watch.total(at: self.after(9)) == TaskPhases(decode: .milliseconds(8), run: .milliseconds(1)))
    }
}
