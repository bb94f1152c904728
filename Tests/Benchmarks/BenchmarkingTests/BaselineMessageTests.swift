import Baselines
import Testing
import Wire

@Suite struct BaselineMessageTests {
    private static let report = BaselineReport(
        bareFork: .microseconds(500),
        confinedTask: .microseconds(1500),
        pairedTask: .nanoseconds(7)
    )

    @Test func messagesComeOutAsTheyWentIn() throws {
        let request = BaselineRequest(rounds: .max)
        #expect(try BaselineRequest(decoding: request.encoded) == request)
        #expect(try BaselineReport(decoding: Self.report.encoded) == Self.report)
        #expect(Self.report.encoded.count <= BaselineReport.maximumSize)
    }

    @Test func everyProperPrefixAndEveryExtensionIsRefused() {
        let bytes = Self.report.encoded
        for count in 0..<bytes.count {
            #expect(throws: WireError.self) { try BaselineReport(decoding: Array(bytes.prefix(count))) }
        }
        #expect(throws: WireError.trailingBytes(1)) { try BaselineReport(decoding: bytes + [0]) }
        #expect(throws: WireError.trailingBytes(1)) {
            try BaselineRequest(decoding: BaselineRequest(rounds: 1).encoded + [0])
        }
    }

    @Test func aRequestForNoRoundsIsRefused() {
        #expect(throws: WireError.invalidField("rounds")) {
            try BaselineRequest(decoding: BaselineRequest(rounds: 0).encoded)
        }
    }
}
