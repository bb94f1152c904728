import Tasks
import Testing

@Suite struct LogPaceTests {
    @Test func aLineASecondIsLoggedAndTheOthersAreCounted() {
        var pace = LogPace(interval: .seconds(1))
        let start = ContinuousClock.now
        #expect(pace.admit(at: start) == 0)
        #expect(pace.admit(at: start + .milliseconds(1)) == nil)
        #expect(pace.admit(at: start + .milliseconds(999)) == nil)
        #expect(pace.admit(at: start + .seconds(1)) == 2)
        #expect(pace.admit(at: start + .seconds(3)) == 0)
    }
}
