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

    /// Ends at once.
    func cut() {
        self.channel.close(promise: nil)
    }
}
