import NIOCore

/// A thread-safe handle to an open session. Every call hops to the event loop of the connection.
struct Session: Sendable {
    let channel: any Channel
    let handler: NIOLoopBound<SessionHandler>
    let ended: EventLoopFuture<SessionReport>
    /// Succeeds when the task broker announces its shutdown (`broker:drain`) or the session ends.
    let drains: EventLoopFuture<Void>

    /// Accepts no new tasks, and closes the connection when the running tasks have ended.
    func shutDown() {
        self.channel.eventLoop.execute { self.handler.value.shutDown() }
    }

    /// Shuts down if the session has no task.
    ///
    /// - Returns: Whether the session had no task.
    func shutDownIfIdle() async -> Bool {
        // The submission fails only if the event loop is shut down: its connections are then closed, so the session has no
        // task.
        (try? await self.channel.eventLoop.submit { self.handler.value.shutDownIfIdle() }.get()) ?? true
    }

    /// Waits until the task broker announces its shutdown or the session ends, at most for `limit`.
    func waitForDrain(within limit: Duration) async {
        let promise = self.channel.eventLoop.makePromise(of: Void.self)
        self.drains.cascade(to: promise)
        // Both the cascade and the timer complete the promise; NIO ignores the second completion.
        let timer = self.channel.eventLoop.scheduleTask(in: TimeAmount(limit)) { promise.succeed() }
        try? await promise.futureResult.get()
        timer.cancel()
    }

    /// Closes the connection at once.
    func cut() {
        self.channel.close(promise: nil)
    }
}
