import Logging
import NIOCore

/// Clients that do not go on. But for one per connection, no timer is set for one that does.
extension ConnectionHandler {
    func closeLater(_ context: ChannelHandlerContext, after time: Duration) {
        context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) { self.context?.close(promise: nil) }
    }

    /// Sets the timer of a connection, which puts itself off for as long as the connection is used.
    func watchIdleness() {
        self.scheduleIdleTimer(at: self.lastArrival + TimeAmount(self.idleTimeout))
    }

    private func scheduleIdleTimer(at deadline: NIODeadline) {
        guard let context = self.context else { return }
        self.idleTimer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            // One in use begins to be idle at the earliest now; half a request is the other timer's.
            let isUsed = !self.machine.isIdle || self.hasPartialHead
            let since = isUsed ? .now() : max(self.lastArrival, self.lastResponse)
            let next = since + TimeAmount(self.idleTimeout)
            if next > .now() {
                self.scheduleIdleTimer(at: next)
            } else {
                self.run(self.machine.idledOut())
            }
        }
    }

    /// Sets a timer when a request has begun and not ended. It is not taken back when the request ends, but finds
    /// nothing to do then: requests that come in one piece, that is nearly all, cost no timer at all.
    func watchReceiving() {
        guard let context = self.context, !self.isReceiveTimerSet, self.isAwaitingBytes else { return }
        self.isReceiveTimerSet = true
        self.scheduleReceiveTimer(context, at: self.lastArrival + TimeAmount(self.settings.receiveTimeout))
    }

    private var isAwaitingBytes: Bool {
        self.machine.isReceiving || (self.hasPartialHead && self.machine.isIdle)
    }

    private func scheduleReceiveTimer(_ context: ChannelHandlerContext, at deadline: NIODeadline) {
        context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            guard let context = self.context, self.isAwaitingBytes else {
                self.isReceiveTimerSet = false
                return
            }
            let next = self.lastArrival + TimeAmount(self.settings.receiveTimeout)
            if next > .now() {
                self.scheduleReceiveTimer(context, at: next)
            } else {
                self.isReceiveTimerSet = false
                self.run(self.machine.receivingTimedOut())
            }
        }
    }

    /// Sets a timer while the client does not read what was written.
    func watchStalling() {
        guard let context = self.context, !self.isStallTimerSet else { return }
        self.isStallTimerSet = true
        let progress = self.readingProgress
        context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(self.settings.stallTimeout)) {
            self.isStallTimerSet = false
            guard let context = self.context, !context.channel.isWritable else { return }
            guard self.readingProgress == progress else {
                self.watchStalling()
                return
            }
            self.server.logger.info("client does not read", metadata: ["peer.uid": "\(self.peerID)"])
            context.close(promise: nil)
        }
    }
}
