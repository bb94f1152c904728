import Tasks
import Testing

@testable import Dispatcher

@Suite struct SubmissionRateTests {
    private let start = ContinuousClock.now

    @Test func aUserMaySubmitThoseOfAMinuteAtOnceAndThenAsTheyComeIn() {
        var rate = SubmissionRate(perMinute: 3)
        for _ in 0..<3 { #expect(rate.submit(1, at: self.start) == nil) }
        #expect(rate.submit(1, at: self.start) == .tooManyTasks(perMinute: 3, retryAfter: .seconds(20)))
        // Another user has a bucket of its own.
        #expect(rate.submit(2, at: self.start) == nil)
        #expect(rate.submit(1, at: self.start + .seconds(19)) != nil)
        #expect(rate.submit(1, at: self.start + .seconds(20)) == nil)
        #expect(rate.submit(1, at: self.start + .seconds(20)) != nil)
        // It holds no more than a minute's.
        for _ in 0..<3 { #expect(rate.submit(1, at: self.start + .seconds(1000)) == nil) }
        #expect(rate.submit(1, at: self.start + .seconds(1000)) != nil)
    }

    @Test func withoutALimitNothingIsCounted() {
        var rate = SubmissionRate(perMinute: nil)
        for _ in 0..<1000 { #expect(rate.submit(1, at: self.start) == nil) }
        #expect(rate.userCount == 0)
        rate.perMinute = 1
        #expect(rate.submit(1, at: self.start) == nil)
        #expect(rate.submit(1, at: self.start) != nil)
    }

    @Test func usersWhoAreIdleAreForgotten() {
        var rate = SubmissionRate(perMinute: 1)
        for uid in 0..<UInt32(5000) { _ = rate.submit(uid, at: self.start + .seconds(Int(uid))) }
        #expect(rate.userCount <= 1001)
    }
}
