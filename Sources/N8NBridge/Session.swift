import NIOCore

/// An open session, from outside of its event loop.
struct Session: Sendable {
    let channel: any Channel
    let handler: NIOLoopBound<SessionHandler>
    let ended: EventLoopFuture<SessionReport>

    /// Takes no new tasks, and ends when the running ones have.
    func shutDown() {
        self.channel.eventLoop.execute { self.handler.value.shutDown() }
    }

    /// Takes no new tasks and ends, unless there is a task.
    ///
    /// - Returns: Whether there was none.
    func shutDownIfIdle() async -> Bool {
        // A loop that takes nothing any more has no connection with a task either.
        (try? await self.channel.eventLoop.submit { self.handler.value.shutDownIfIdle() }.get()) ?? true
    }

    /// Ends at once.
    func cut() {
        self.channel.close(promise: nil)
    }
}
