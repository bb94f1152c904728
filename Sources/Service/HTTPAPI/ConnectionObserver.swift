import NIOCore
import Tasks

/// Forwards a task's events to the event loop of the connection whose client waits for them.
///
/// A call on that event loop is handled directly, so that the answer of a task is sent without a hop.
final class ConnectionObserver: TaskObserver {
    private let eventLoop: any EventLoop
    private let handler: NIOLoopBound<ConnectionHandler>

    /// Must be called on the event loop of the connection.
    init(_ handler: ConnectionHandler, on eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        self.handler = NIOLoopBound(handler, eventLoop: eventLoop)
    }

    func taskEmitted(_ event: TaskEvent, _ id: TaskID) {
        if self.eventLoop.inEventLoop {
            self.handler.value.taskEmitted(event, id, to: self)
        } else {
            self.eventLoop.execute { self.handler.value.taskEmitted(event, id, to: self) }
        }
    }

    func taskFinished(_ outcome: TaskOutcome, _ id: TaskID) {
        if self.eventLoop.inEventLoop {
            self.handler.value.taskFinished(outcome, id, to: self)
        } else {
            self.eventLoop.execute { self.handler.value.taskFinished(outcome, id, to: self) }
        }
    }
}
