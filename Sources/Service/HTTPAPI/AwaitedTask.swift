import JSONBytes
import NIOHTTP1
import Tasks

/// A task of a connection whose client waits for the outcome. Owned by the ``ConnectionHandler``, on its event loop.
struct AwaitedTask {
    let observer: ConnectionObserver
    let purpose: TaskPurpose
    /// Whether the client gets the task's events as they happen.
    let isStreaming: Bool
    /// The task's id; nil until the dispatcher has accepted the task.
    var id: TaskID?
    var logs = LogTranscript()
    /// The finished items that were not sent yet, one array for each event of the task.
    var items: [ArraySlice<UInt8>] = []
    /// The latest progress that was not sent yet; it replaces earlier progress.
    var progress: (done: Int, total: Int)?
    /// Whether a call that sends the events is scheduled on the event loop.
    var isSendingScheduled = false

    /// Stores an event until it is sent to the client.
    mutating func keep(_ event: TaskEvent) {
        switch event {
        case .log(let stream, let text): self.logs.append(text, to: stream)
        case .items(let items): self.items.append(items)
        case .progress(let done, let total): self.progress = (done, total)
        // `.started` is not sent to clients, and this API has no event for `.console`, the prints of n8n's dialect.
        case .started, .console: break
        }
    }

    /// Removes and returns the events that were not sent yet, as lines of JSON.
    mutating func takeEvents() -> [UInt8] {
        var writer = JSONWriter()
        self.logs.stream(into: &writer)
        for items in self.items { OutcomeEncoding.writeItems(items, into: &writer) }
        self.items = []
        if let progress = self.progress {
            OutcomeEncoding.writeProgress(progress.done, of: progress.total, into: &writer)
            self.progress = nil
        }
        return writer.bytes
    }

    /// The end of a stream: the events that were not sent yet, followed by the outcome.
    mutating func lastEvents(of outcome: TaskOutcome, _ id: TaskID) -> [ArraySlice<UInt8>] {
        let events = self.takeEvents()
        return [events[...]] + OutcomeEncoding.response(id, outcome, logs: self.logs, isEvent: true)
    }

    /// The response to a task whose events are not streamed.
    func response(to outcome: TaskOutcome, _ id: TaskID) -> Response {
        guard self.purpose == .check else {
            let body = OutcomeEncoding.response(id, outcome, logs: self.logs, isEvent: false)
            return Response(status: .ok, contentType: "application/json", body: body)
        }
        do throws(ProblemDocument) {
            return .json(try OutcomeEncoding.checkResponse(outcome))
        } catch {
            return Response(error)
        }
    }
}
