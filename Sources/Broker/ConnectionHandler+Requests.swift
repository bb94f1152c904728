import NIOCore
import NIOHTTP1
import Tasks

/// What requests ask for, and the task that one may have begun.
extension ConnectionHandler {
    func carryOut() {
        guard let route = self.route else { preconditionFailure("a request without a route is to be carried out") }
        // The body goes on with the request; nothing of it stays here while the task runs.
        let body = self.body
        self.body = []
        switch route {
        case .run: self.submit(body, for: .run)
        case .check: self.submit(body, for: .check)
        case .listTasks: self.respond(.json(StatusEncoding.tasks(self.server.dispatcher.tasks(visibleTo: self.peer))))
        case .cancelTask(let id):
            if self.server.dispatcher.cancel(id, by: self.peer) {
                self.respond(.json(StatusEncoding.cancelled(id), status: 202, phrase: "Accepted"))
            } else {
                self.respond(Route.unknownTask)
            }
        case .info: self.respond(.json(StatusEncoding.info(self.server.reporter.serviceInfo())))
        case .health: self.respond(.json(StatusEncoding.state("ok")))
        case .readiness:
            if self.server.connections.phase == .serving, self.server.reporter.isReady() {
                self.respond(.json(StatusEncoding.state("ready")))
            } else {
                let body = StatusEncoding.state("unready")
                self.respond(.json(body, status: 503, phrase: Problem.Status.serviceUnavailable.phrase))
            }
        case .metrics:
            let page = Array(self.server.reporter.metricsPage().utf8)
            let type = "text/plain; version=0.0.4; charset=utf-8"
            self.respond(Response(status: 200, phrase: "OK", contentType: type, body: [page[...]]))
        }
    }

    private func submit(_ body: [UInt8], for purpose: TaskPurpose) {
        guard let context = self.context else { return }
        let request: TaskRequest
        do throws(Problem) {
            request = try TaskRequestParser.parse(body, for: purpose)
        } catch {
            self.respond(error)
            return
        }
        guard self.server.connections.beginRun() else {
            self.respond(Problem(.draining))
            return
        }
        self.isRunCounted = true
        let observer = ConnectionObserver(self, on: context.eventLoop)
        self.task = RunningTask(
            observer: observer,
            purpose: purpose,
            isStreaming: purpose == .run && self.wantsEvents
        )
        switch self.server.dispatcher.submit(request, from: self.peer, observer: observer) {
        case .success(let id):
            self.taskAccepted(id, to: observer)
        case .failure(let rejection):
            self.task = nil
            self.respond(Problem(rejection))
        }
    }

    /// Whether the client asked for a stream of events.
    private var wantsEvents: Bool {
        guard let head = self.head else { return false }
        return head.headers[canonicalForm: "accept"].contains { value in
            let type = value.prefix { $0 != ";" }
            return type.lowercased() == "application/x-ndjson"
        }
    }

    // MARK: The task

    private func isWaiting(for observer: ConnectionObserver) -> Bool { self.task?.observer === observer }

    /// The dispatcher has named the task, by its answer or by an event that came before that.
    private func taskAccepted(_ id: TaskID, to observer: ConnectionObserver) {
        guard self.isWaiting(for: observer), self.task?.id == nil else { return }
        self.task?.id = id
        guard self.task?.isStreaming == true else { return }
        let event = OutcomeEncoding.acceptedEvent(id)
        self.begin(
            Response(status: 200, phrase: "OK", contentType: "application/x-ndjson", body: [event[...]]),
            isWhole: false
        )
    }

    /// Called by ``ConnectionObserver``.
    func taskEmitted(_ event: TaskEvent, _ id: TaskID, to observer: ConnectionObserver) {
        self.taskAccepted(id, to: observer)
        guard self.isWaiting(for: observer) else { return }
        switch event {
        // Prints of the bridge's tasks are not reported here.
        case .console: return
        // From here on the worker has the items, and nobody else needs them.
        case .started:
            self.releaseBody()
            return
        case .log(let stream, let text): self.task?.logs.append(text, to: stream)
        case .progress(let done, let total): self.task?.progress = (done, total)
        }
        guard let context = self.context, self.task?.isStreaming == true, self.task?.isShowingEvents == false else {
            return
        }
        // What comes up in one turn of the event loop is written in one go.
        self.task?.isShowingEvents = true
        context.eventLoop.assumeIsolated().execute { self.showEvents(to: observer) }
    }

    /// Writes the events that came up, unless the client does not read: then they wait where they are.
    func showEvents(to observer: ConnectionObserver) {
        guard self.isWaiting(for: observer) else { return }
        self.task?.isShowingEvents = false
        guard self.context?.channel.isWritable == true, self.outgoing?.isEmpty == true,
            let events = self.task?.takeEvents()
        else { return }
        self.outgoing?.append(events[...])
        self.write()
    }

    /// Called by ``ConnectionObserver``.
    func taskFinished(_ outcome: TaskOutcome, _ id: TaskID, to observer: ConnectionObserver) {
        self.taskAccepted(id, to: observer)
        guard self.isWaiting(for: observer), var task = self.task else { return }
        self.task = nil
        self.releaseBody()
        if task.purpose == .check {
            do throws(Problem) {
                self.respond(.json(try OutcomeEncoding.checkResponse(outcome)))
            } catch {
                self.respond(error)
            }
        } else if task.isStreaming {
            self.outgoing?.append(task.takeEvents()[...])
            for piece in OutcomeEncoding.response(id, outcome, logs: task.logs, isEvent: true) {
                self.outgoing?.append(piece)
            }
            self.outgoing?.finish()
            self.write()
        } else {
            let body = OutcomeEncoding.response(id, outcome, logs: task.logs, isEvent: false)
            self.respond(Response(status: 200, phrase: "OK", contentType: "application/json", body: body))
        }
    }
}
