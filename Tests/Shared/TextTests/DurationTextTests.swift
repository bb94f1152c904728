import Testing
import Text

@Suite struct DurationTextTests {
    @Test(arguments: [
        (Duration.zero, "0"), (.seconds(60), "60"), (.milliseconds(1500), "1.5"), (.nanoseconds(1), "0.000000001"),
        (.milliseconds(-1500), "-1.5"), (.seconds(1) + .nanoseconds(1), "1.000000001"),
        (Duration(secondsComponent: 0, attosecondsComponent: -1), "0"),
    ])
    func theShortestHasNoZerosAtItsEnd(duration: Duration, text: String) {
        #expect(DurationText.shortest(duration, in: .seconds, decimals: 9) == text)
    }

    @Test func digitsBeyondTheLastAreDropped() {
        #expect(DurationText.shortest(.milliseconds(1999), in: .seconds, decimals: 2) == "1.99")
        #expect(DurationText.shortest(.milliseconds(1001), in: .seconds, decimals: 2) == "1")
        #expect(DurationText.shortest(.milliseconds(1999), in: .seconds, decimals: 0) == "1")
        #expect(DurationText.shortest(.microseconds(2050), in: .milliseconds, decimals: 3) == "2.05")
    }

    @Test func aFixedNumberOfDigitsIsKept() {
        #expect(DurationText.fixed(.zero, in: .milliseconds, decimals: 1) == "0.0")
        #expect(DurationText.fixed(.microseconds(12_390), in: .milliseconds, decimals: 1) == "12.3")
        #expect(DurationText.fixed(.seconds(3), in: .seconds, decimals: 1) == "3.0")
        #expect(DurationText.fixed(.milliseconds(-50), in: .seconds, decimals: 2) == "-0.05")
    }

    @Test func theLongestDurationsDoNotOverflow() {
        let longest = Duration(secondsComponent: .max, attosecondsComponent: 999_999_999_999_999_999)
        #expect(
            DurationText.fixed(longest, in: .milliseconds, decimals: 15) == "9223372036854775807999.999999999999999"
        )
        let lowest = Duration(secondsComponent: .min, attosecondsComponent: 0)
        #expect(DurationText.shortest(lowest, in: .seconds, decimals: 3) == "-9223372036854775808")
    }
}
