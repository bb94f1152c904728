import NIOCore
import Tasks

/// Brings a task's events to the event loop of the connection that it came over.
final class BridgeObserver: TaskObserver {
    let taskID: String
    let ticket: Int
    private let eventLoop: any EventLoop
    private let handler: NIOLoopBound<SessionHandler>

    /// Made on the event loop of the connection.
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
