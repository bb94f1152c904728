import NIOCore
import Synchronization

/// A queue in which the connections of one event loop wait for a turn to handle received frames. One connection at a
/// time gets a turn, in the order of the requests, and a pause follows each turn. Each event loop of the process has
/// one queue, which is used on that loop only; this makes it `Sendable`.
///
/// All connections of a loop share the queue, because NIO polls its sockets only when no scheduled task is due. If each
/// connection had a timer of its own, another timer would be due at the end of each turn, and the sockets would be
/// polled seldom or never.
final class FrameTurns: @unchecked Sendable {
    /// A connection that has frames to handle.
    protocol Taker: AnyObject, Sendable {
        /// Handles the frames of one turn, and requests another turn if there are more.
        func takeTurn()
    }

    private let eventLoop: any EventLoop
    private var waiting = CircularBuffer<any Taker>()
    private var isScheduled = false

    /// The shortest pause. After a turn that took longer, the pause is as long as the turn. So the turns of all workers
    /// take at most half of the event loop's time on a machine of any speed.
    static let pause = TimeAmount.milliseconds(1)

    private static let queues = Mutex<[ObjectIdentifier: FrameTurns]>([:])

    private init(on eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// The queue of an event loop, which all pools share. Callable from any thread. A queue is never removed, because
    /// event loops live as long as the process.
    static func queue(of eventLoop: any EventLoop) -> FrameTurns {
        self.queues.withLock { queues in
            let id = ObjectIdentifier(eventLoop)
            if let queue = queues[id] { return queue }
            let queue = FrameTurns(on: eventLoop)
            queues[id] = queue
            return queue
        }
    }

    /// Adds a taker to the end of the queue. It must not be in the queue.
    func request(for taker: any Taker) {
        self.waiting.append(taker)
        self.schedule(in: Self.pause)
    }

    private func schedule(in pause: TimeAmount) {
        guard !self.isScheduled, !self.waiting.isEmpty else { return }
        self.isScheduled = true
        self.eventLoop.scheduleTask(in: pause) {
            let start = self.eventLoop.now
            self.waiting.popFirst()?.takeTurn()
            self.isScheduled = false
            self.schedule(in: max(Self.pause, self.eventLoop.now - start))
        }
    }
}
