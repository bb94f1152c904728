import NIOCore
import Synchronization

/// The turns in which the connections of one event loop handle frames that wait: one connection at a time, in the order in
/// which they asked, and a pause after each turn. There is one for each event loop of the process, on which alone it is used;
/// that makes it `Sendable`.
///
/// One queue for all connections of a loop, because NIO polls its sockets only when no task is due: with a timer for each
/// connection, the next one would be due when a turn ends, and the sockets would be polled seldom or never.
final class FrameTurns: @unchecked Sendable {
    /// Something that has frames to handle.
    protocol Taker: AnyObject, Sendable {
        /// Handles the frames of one turn, and asks for another one if there are more.
        func takeTurn()
    }

    private let eventLoop: any EventLoop
    private var waiting = CircularBuffer<any Taker>()
    private var isScheduled = false

    /// The shortest pause. After a turn that took longer the pause is as long as the turn, so that all workers together take
    /// at most half of the event loop's time on a machine of any speed.
    static let pause = TimeAmount.milliseconds(1)

    private static let queues = Mutex<[ObjectIdentifier: FrameTurns]>([:])

    private init(on eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// The queue of an event loop, for all pools. Callable from any thread. Event loops live as long as the process.
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
