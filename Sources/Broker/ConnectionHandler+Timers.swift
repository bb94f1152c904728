import Logging
import NIOCore

/// Clients that do not go on. No timer is set for one that does.
extension ConnectionHandler {
    func closeLater(_ context: ChannelHandlerContext, after time: Duration) {
        context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) { self.context?.close(promise: nil) }
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
