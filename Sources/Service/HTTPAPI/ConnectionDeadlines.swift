import NIOCore

/// Decides when a connection has been idle for too long, and when a request is incomplete for too long. A value without
/// side effects: one ``ConnectionHandler`` owns it and reports each read and each period without a read.
struct ConnectionDeadlines {
    enum Action {
        case requestTimedOut
        case idledOut
        case none
    }

    private let idleTimeout: Duration
    private let receiveTimeout: Duration
    private let minimumRate: Int
    /// The number of consecutive periods without a byte from the client.
    private var quietPeriods = 0
    private var lastResponse = NIODeadline.distantPast
    /// When the first bytes of an incomplete request arrived; nil between requests, and for a request that arrived in one
    /// read.
    private var requestBegan: NIODeadline?

    /// - Parameters:
    ///   - settings: The settings in force when the connection was opened.
    ///   - isForRejection: Whether the connection is over its user's limit. If so, it uses the short linger timeout, which
    ///     suffices to read the rejection.
    init(_ settings: HTTPServerSettings, isForRejection: Bool) {
        self.idleTimeout = isForRejection ? settings.lingerTimeout : settings.idleTimeout
        self.receiveTimeout = settings.receiveTimeout
        self.minimumRate = settings.minimumRate
    }

    /// The length of a period without a byte. ``quietPeriodPassed(isReceiving:at:)`` must be called after each such period.
    var quietPeriod: Duration { min(self.idleTimeout, self.receiveTimeout) }

    /// Bytes have arrived. The deadline of an incomplete request grows with the bytes that arrive, at the lowest accepted
    /// rate.
    ///
    /// - Parameters:
    ///   - received: How many bytes of the incomplete request's body have arrived; nil when no request is incomplete.
    ///   - now: The time, evaluated only while a request is incomplete.
    /// - Returns: The action to perform.
    mutating func bytesReceived(_ received: Int?, at now: @autoclosure () -> NIODeadline) -> Action {
        self.quietPeriods = 0
        guard let received else {
            self.requestBegan = nil
            return .none
        }
        let now = now()
        guard let began = self.requestBegan else {
            self.requestBegan = now
            return .none
        }
        let timeout = self.receiveTimeout + .seconds(Double(received) / Double(max(1, self.minimumRate)))
        return now - began > TimeAmount(timeout) ? .requestTimedOut : .none
    }

    /// A ``quietPeriod`` has passed without a byte. `isReceiving` says whether a request is incomplete at the end of the
    /// period.
    mutating func quietPeriodPassed(isReceiving: Bool, at now: NIODeadline) -> Action {
        self.quietPeriods += 1
        let quiet = self.quietPeriod * self.quietPeriods
        if isReceiving { return quiet >= self.receiveTimeout ? .requestTimedOut : .none }
        return quiet >= self.idleTimeout && now - self.lastResponse >= TimeAmount(self.idleTimeout) ? .idledOut : .none
    }

    /// The last byte of a response was written to the socket.
    mutating func responseWritten(at now: NIODeadline) {
        self.lastResponse = now
    }
}
