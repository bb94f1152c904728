import Testing

@testable import HTTPAPI

@Suite struct ReadingPaceTests {
    @Test func aClientHasToTakeTheMinimumOfAWindowOrAllThatWaits() {
        let pace = ReadingPace(window: .milliseconds(1500), minimumRate: 1000)
        #expect(pace.expected(of: 1_000_000) == 1500)
        #expect(pace.expected(of: 1500) == 1500)
        #expect(pace.expected(of: 1499) == 1499)
    }

    @Test func someProgressIsAlwaysExpected() {
        #expect(ReadingPace(window: .zero, minimumRate: 0).expected(of: 5) == 1)
        #expect(ReadingPace(window: .seconds(60), minimumRate: 5).expected(of: 0) == 1)
    }

    @Test func noProductOfSettingsOverflows() {
        #expect(ReadingPace(window: .seconds(Int64.max), minimumRate: .max).expected(of: .max) == 1 << 52)
    }
}
