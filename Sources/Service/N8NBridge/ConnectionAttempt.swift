import NIOCore
import Synchronization

/// A handle with which another thread can abort an attempt to connect. The attempt registers its channel. On shutdown or
/// cancellation the bridge closes the channel, and every future of that channel then fails.
final class ConnectionAttempt: Sendable {
    private struct State {
        var channel: (any Channel)?
        var isCut = false
    }

    private let state = Mutex(State())

    /// Registers the channel. If ``cut()`` was called before, the channel is closed at once.
    func began(_ channel: any Channel) {
        let isCut = self.state.withLock { state in
            state.channel = channel
            return state.isCut
        }
        if isCut { channel.close(promise: nil) }
    }

    /// Closes the channel, or closes it as soon as it is registered. Futures of the channel then fail.
    func cut() {
        let channel = self.state.withLock { state in
            state.isCut = true
            return state.channel
        }
        channel?.close(promise: nil)
    }

    /// Waits for `future`, which must fail when the channel is closed. Closes the channel when `limit` has passed.
    func result<Value: Sendable>(
        of future: EventLoopFuture<Value>,
        within limit: Duration
    ) async throws -> Value {
        let timer = future.eventLoop.scheduleTask(in: TimeAmount(limit)) { self.cut() }
        defer { timer.cancel() }
        return try await future.get()
    }
}
