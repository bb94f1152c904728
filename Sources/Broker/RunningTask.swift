import JSONBytes
import NIOCore
import Tasks

/// The task that a connection's client waits for. Lives on the connection's event loop.
struct RunningTask {
    let observer: ConnectionObserver
    let purpose: TaskPurpose
    /// Whether the client is shown events as they happen.
    let isStreaming: Bool
    /// Known once the dispatcher has accepted the task.
    var id: TaskID?
    var logs = LogTranscript()
    /// The progress that was not shown yet; what came before is not shown any more.
    var progress: (done: Int, total: Int)?
    /// Whether the events that came up are about to be shown.
    var isShowingEvents = false

    /// The events that were not shown yet, as lines.
    mutating func takeEvents() -> [UInt8] {
        var writer = JSONWriter()
        self.logs.stream(into: &writer)
        if let progress = self.progress {
            OutcomeEncoding.writeProgress(progress.done, of: progress.total, into: &writer)
            self.progress = nil
        }
        return writer.bytes
    }
}

/// Brings a task's events to the event loop of the connection that waits for them.
///
/// On that very event loop they are handled at once; that is the way of a task without a hop.
final class ConnectionObserver: TaskObserver {
    private let eventLoop: any EventLoop
    private let handler: NIOLoopBound<ConnectionHandler>

    /// Made on the event loop of the connection.
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
