import Linux
import NIOCore
import NIOHTTP1
import Tasks

/// Requests that are not answered at once: tasks, and reloads of the configuration. Their results are delivered on the event
/// loop of the connection.
extension ConnectionHandler {
    /// Reads the body and submits its task.
    func submit(_ body: [UInt8], for purpose: TaskPurpose) {
        guard body.count > BodyReading.maximumOnEventLoop else {
            return self.submit(BodyReading.result(of: body, for: purpose), for: purpose)
        }
        guard let context = self.context else { return }
        // Counted from here on, so that a shutdown waits for the response.
        guard self.beginTask() else { return }
        let reading = BodyReading(body, for: purpose)
        self.reading = reading
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        let eventLoop = context.eventLoop
        self.server.work.run {
            let result = reading.result()
            eventLoop.execute { handler.value.bodyRead(result, for: purpose) }
        }
    }

    private func bodyRead(_ result: Swift.Result<TaskSubmission, ProblemDocument>?, for purpose: TaskPurpose) {
        let isAbandoned = self.reading?.isAbandoned != false
        self.reading = nil
        guard let result, !isAbandoned else {
            self.charges.releaseRequest()
            return
        }
        self.submit(result, for: purpose)
    }

    /// Counts the response that is outstanding, or turns the request away because the service drains.
    private func beginTask() -> Bool {
        if self.isTaskCounted { return true }
        self.isTaskCounted = self.server.connections.beginTask()
        if !self.isTaskCounted { self.respond(ProblemDocument(.draining)) }
        return self.isTaskCounted
    }

    private func submit(_ result: Swift.Result<TaskSubmission, ProblemDocument>, for purpose: TaskPurpose) {
        guard let context = self.context else { return }
        var submission: TaskSubmission
        switch result {
        case .success(let read): submission = read
        case .failure(let problem): return self.respond(problem)
        }
        submission.trace = self.request?.trace
        let isStreaming = purpose == .run && self.request?.wantsEvents == true
        if !isStreaming { submission.task.streamsItems = false }
        guard self.charges.codeRead(submission.task.code.count) else {
            self.respond(.memoryExhausted)
            return
        }
        guard self.beginTask() else { return }
        let observer = ConnectionObserver(self, on: context.eventLoop)
        self.task = AwaitedTask(observer: observer, purpose: purpose, isStreaming: isStreaming)
        switch self.server.dispatcher.submit(submission, from: self.peer, observer: observer) {
        case .success(let id):
            self.taskAccepted(id, to: observer)
        case .failure(let rejection):
            self.task = nil
            self.respond(ProblemDocument(rejection))
        }
    }

    /// Stores the task's id, which arrives with `submit`'s result or with an event that precedes it.
    private func taskAccepted(_ id: TaskID, to observer: ConnectionObserver) {
        guard let task = self.task, task.id == nil, task.observer === observer else { return }
        self.task?.id = id
        self.request?.taskID = id
        guard task.isStreaming else { return }
        let event = OutcomeEncoding.acceptedEvent(id)
        self.begin(Response(status: .ok, contentType: "application/x-ndjson", body: [event[...]]), isComplete: false)
    }

    /// Called by ``ConnectionObserver``.
    func taskEmitted(_ event: TaskEvent, _ id: TaskID, to observer: ConnectionObserver) {
        self.taskAccepted(id, to: observer)
        guard let context = self.context, self.task?.observer === observer else { return }
        if case .started = event {
            // The worker has received the items, and the daemon has freed the body.
            self.charges.releaseBody()
            return
        }
        self.task?.keep(event)
        guard self.task?.isStreaming == true, self.task?.isSendingScheduled == false else { return }
        // Events that arrive within one turn of the event loop are sent together.
        self.task?.isSendingScheduled = true
        context.eventLoop.assumeIsolated().execute {
            guard self.task?.observer === observer else { return }
            self.task?.isSendingScheduled = false
            self.sendEvents()
        }
    }

    /// Sends the stored events. If the client does not read, they stay in the task.
    func sendEvents() {
        guard self.task?.isStreaming == true, self.writer.isDrained else { return }
        if let events = self.task?.takeEvents() { self.writer.append([events[...]], isComplete: false) }
    }

    /// Called by ``ConnectionObserver``.
    func taskFinished(_ outcome: TaskOutcome, _ id: TaskID, to observer: ConnectionObserver) {
        self.taskAccepted(id, to: observer)
        guard self.task?.observer === observer, var task = self.task else { return }
        self.task = nil
        self.charges.releaseRequest()
        self.charges.keep(outcome.reservation)
        if task.isStreaming {
            self.writer.append(task.lastEvents(of: outcome, id), isComplete: true)
        } else {
            self.respond(task.response(to: outcome, id))
        }
    }

    // MARK: Reloads

    func reload() {
        guard let context = self.context else { return }
        guard self.peer.isPrivileged else {
            self.respond(ProblemDocument.reloadForbidden)
            return
        }
        guard self.beginTask() else { return }
        self.isReloading = true
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        let eventLoop = context.eventLoop
        self.server.reporter.reload { result in
            eventLoop.execute { handler.value.reloadEnded(result) }
        }
    }

    private func reloadEnded(_ result: Swift.Result<ReloadReport, ReloadFailure>) {
        guard self.isReloading else { return }
        self.isReloading = false
        switch result {
        case .success(let report): self.respond(.json(StatusEncoding.reloaded(report)))
        case .failure(let failure): self.respond(ProblemDocument.reloadFailed(failure))
        }
    }
}
