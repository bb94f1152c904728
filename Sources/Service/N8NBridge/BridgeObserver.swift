import NIOCore
import Tasks

/// Forwards a task's events to the session that submitted the task, on the event loop of the session's connection. The
/// dispatcher calls the observer on any thread. Each observer belongs to one task of one connection.
final class BridgeObserver: TaskObserver {
    let taskID: String
    let ticket: Int
    private let eventLoop: any EventLoop
    private let handler: NIOLoopBound<SessionHandler>

    /// Creates an observer. Must be called on the event loop of the connection.
    init(_ handler: SessionHandler, taskID: String, ticket: Int, on eventLoop: any EventLoop) {
        self.taskID = taskID
        self.ticket = ticket
        self.eventLoop = eventLoop
        self.handler = NIOLoopBound(handler, eventLoop: eventLoop)
    }

    func taskEmitted(_ event: TaskEvent, _ id: TaskID) {
        if self.eventLoop.inEventLoop {
            self.handler.value.taskEmitted(event, to: self)
        } else {
            self.eventLoop.execute { self.handler.value.taskEmitted(event, to: self) }
        }
    }

    func taskFinished(_ outcome: TaskOutcome, _ id: TaskID) {
        if self.eventLoop.inEventLoop {
            self.handler.value.taskFinished(outcome, to: self)
        } else {
            self.eventLoop.execute { self.handler.value.taskFinished(outcome, to: self) }
        }
    }
}
