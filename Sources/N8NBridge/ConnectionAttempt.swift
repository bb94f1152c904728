import NIOCore
import Synchronization

/// Something under way that may have to be cut off: a connection and what is waited for on it.
final class ConnectionAttempt: Sendable {
    private struct State {
        var channel: (any Channel)?
        var isCut = false
    }

    private let state = Mutex(State())

    /// There is a channel now.
    func began(_ channel: any Channel) {
        let isCut = self.state.withLock { state in
            state.channel = channel
            return state.isCut
        }
        if isCut { channel.close(promise: nil) }
    }

    /// Closes the channel, now or as soon as there is one; what waits for something to come over it fails.
    func cut() {
        let channel = self.state.withLock { state in
            state.isCut = true
            return state.channel
        }
        channel?.close(promise: nil)
    }

    /// Waits for `future`, which fails when the connection is closed, and cuts the attempt when that takes too long.
    func result<Value: Sendable>(
        of future: EventLoopFuture<Value>,
        within limit: Duration
    ) async throws -> Value {
        let timer = future.eventLoop.scheduleTask(in: TimeAmount(limit)) { self.cut() }
        defer { timer.cancel() }
        return try await future.get()
    }
}

/// Why an attempt got nowhere.
struct AttemptFailure: Error {
    /// The status of a response that says no.
    var status: Int?
    var reason: String

    init(status: Int) {
        self.status = status
        self.reason = "HTTP status \(status)"
    }

    init(reason: String) {
        self.reason = reason
    }

    /// What to make of it: only these two statuses mean that the token is the matter.
    var verdict: ReconnectStateMachine.Failure {
        switch self.status {
        case 401?, 403?: .refused(status: self.status ?? 0)
        default: .transient
        }
    }
}
