import NIOCore
import Testing

@testable import HTTPAPI

@Suite struct ConnectionDeadlinesTests {
    private static let settings = HTTPServerSettings(
        maximumPayload: 1,
        serviceUserID: 0,
        idleTimeout: .seconds(120),
        receiveTimeout: .seconds(60),
        minimumRate: 1000,
        lingerTimeout: .seconds(5)
    )
    private var deadlines = ConnectionDeadlines(Self.settings, isForRejection: false)

    private static func time(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(1) + .seconds(seconds) }

    @Test mutating func aRequestHasItsTimeoutAndTheTimeOfItsBytes() {
        #expect(self.deadlines.bytesReceived(0, at: Self.time(0)) == .none)
        #expect(self.deadlines.bytesReceived(0, at: Self.time(60)) == .none)
        #expect(self.deadlines.bytesReceived(10_000, at: Self.time(70)) == .none)
        #expect(self.deadlines.bytesReceived(10_000, at: Self.time(71)) == .requestTimedOut)
    }

    @Test mutating func theNextRequestHasADeadlineOfItsOwn() {
        #expect(self.deadlines.bytesReceived(0, at: Self.time(0)) == .none)
        #expect(self.deadlines.bytesReceived(nil, at: Self.time(1)) == .none)
        #expect(self.deadlines.bytesReceived(0, at: Self.time(100)) == .none)
        #expect(self.deadlines.bytesReceived(0, at: Self.time(160)) == .none)
        #expect(self.deadlines.bytesReceived(0, at: Self.time(161)) == .requestTimedOut)
    }

    @Test mutating func aRequestWithoutAnotherByteIsGivenUpAndAnIdleConnectionLater() {
        #expect(self.deadlines.quietPeriod == .seconds(60))
        #expect(self.deadlines.quietPeriodPassed(isReceiving: true, at: Self.time(60)) == .requestTimedOut)
        _ = self.deadlines.bytesReceived(nil, at: Self.time(60))
        #expect(self.deadlines.quietPeriodPassed(isReceiving: false, at: Self.time(120)) == .none)
        #expect(self.deadlines.quietPeriodPassed(isReceiving: false, at: Self.time(180)) == .idledOut)
    }

    @Test mutating func aConnectionIsNotIdleSoonAfterAResponse() {
        self.deadlines.responseWritten(at: Self.time(100))
        #expect(self.deadlines.quietPeriodPassed(isReceiving: false, at: Self.time(60)) == .none)
        #expect(self.deadlines.quietPeriodPassed(isReceiving: false, at: Self.time(219)) == .none)
        #expect(self.deadlines.quietPeriodPassed(isReceiving: false, at: Self.time(220)) == .idledOut)
    }

    @Test func aConnectionOverTheLimitHasTheLingerTimeout() {
        #expect(ConnectionDeadlines(Self.settings, isForRejection: true).quietPeriod == .seconds(5))
    }
}
