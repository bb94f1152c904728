import Tasks
import Wire

/// One worker from fork to exit: what its frames, its end and the clock mean for the task it was given. Pure.
///
/// A result is believed as soon as it is here. Every other outcome waits for two things, in either order: the end of
/// the stream, so that no print is lost, and the word of the fork server about how the process ended.
struct WorkerStateMachine: Sendable {
    typealias Instant = ContinuousClock.Instant

    enum Action: Sendable {
        case reportReady
        /// Its process has ended or is being ended, and it had no task.
        case reportGone
        /// It died before it began its task; the failure is for the case that nobody else may have it.
        case reportLostTask(TaskFailure)
        case emit(TaskEvent)
        /// The task's outcome, its last word. The worker is done with.
        case finish(TaskOutcome)
        /// Ask the worker to say where it is and to end.
        case softStop
        case kill
        /// Call `killDue` after this time.
        case scheduleKill(Duration)
    }

    /// What ends a task from outside.
    enum Stop: Sendable {
        case timeout
        case cancelled
        case shutdown
        case violation(WireError)
        case flood

        init(_ reason: StopReason) {
            switch reason {
            case .cancelled: self = .cancelled
            case .shutdown: self = .shutdown
            }
        }

        /// Whether it is something the worker sent: nothing of what follows is used then.
        var isRefusal: Bool {
            switch self {
            case .timeout, .cancelled, .shutdown: false
            case .violation, .flood: true
            }
        }
    }

    struct Run: Sendable {
        let assignment: TaskAssignment
        let assignedAt: Instant
        var hasStarted = false
        var loggedBytes = 0
        var isLogTruncated = false
        var stop: Stop?
        var exit: WorkerExit??
        var streamEndedAt: Instant?
        var stackText: String?
    }

    private enum State: Sendable {
        case starting
        case warm
        case running(Run)
        case done
    }

    private let limits: TaskLimits
    private var state = State.starting
    /// Why the task is to be stopped, if it was on its way here.
    private var stoppedAhead: StopReason?
    private var receivedBytes = 0

    /// What a worker gets between a soft stop and SIGKILL.
    static let softStopGrace = Duration.milliseconds(250)

    init(limits: TaskLimits) {
        self.limits = limits
    }

    /// More than any honest worker ever sends: a print of a single byte takes ten here.
    private var receiveLimit: Int {
        self.limits.output + 16 * (self.limits.log + WorkerFrame.maximumLogText) + (4 << 20)
    }

    // MARK: The task

    /// Whether it has a task that is to be sent to it.
    var isRunning: Bool {
        if case .running = self.state { true } else { false }
    }

    /// The worker is handed a task, which is to be sent if ``isRunning`` then.
    mutating func assigned(_ assignment: TaskAssignment, at now: Instant) -> [Action] {
        switch self.state {
        case .warm:
            self.state = .running(Run(assignment: assignment, assignedAt: now))
            return self.stoppedAhead.map { self.stop(Stop($0)) } ?? []
        case .done:
            return [.reportLostTask(TaskFailure(.workerDied, message: "the worker died before the task began"))]
        case .starting, .running:
            preconditionFailure("a task was assigned to a worker in state \(self.state)")
        }
    }

    mutating func deadlineReached() -> [Action] { self.stop(.timeout) }

    /// - Returns: Nothing when the task has yet to arrive from another thread: it is stopped then.
    mutating func stopRequested(for reason: StopReason) -> [Action] {
        if case .warm = self.state { self.stoppedAhead = reason }
        return self.stop(Stop(reason))
    }

    private mutating func stop(_ reason: Stop) -> [Action] {
        guard case .running(var run) = self.state, run.stop == nil else { return [] }
        run.stop = reason
        self.state = .running(run)
        return [.softStop, .scheduleKill(Self.softStopGrace)]
    }

    mutating func killDue() -> [Action] {
        guard case .running = self.state else { return [] }
        return [.kill]
    }

    // MARK: What the worker sends

    /// Counts what has arrived, so that a worker cannot keep the broker busy for nothing.
    mutating func received(_ count: Int) -> [Action] {
        self.receivedBytes += count
        guard self.receivedBytes > self.receiveLimit else { return [] }
        return self.refuse(.flood)
    }

    mutating func violated(_ error: WireError) -> [Action] {
        self.refuse(.violation(error))
    }

    private mutating func refuse(_ reason: Stop) -> [Action] {
        switch self.state {
        case .starting, .warm:
            self.state = .done
            return [.kill, .reportGone]
        case .running(var run):
            run.stop = run.stop ?? reason
            self.state = .running(run)
            return [.kill]
        case .done:
            return []
        }
    }

    /// Takes a frame in; `check` says what is wrong with bytes that are to be passed on, if anything is.
    mutating func frame(
        _ frame: WorkerFrame,
        at now: Instant,
        check: (AnswerCheck.Kind, ArraySlice<UInt8>) -> String?
    ) -> [Action] {
        switch (self.state, frame) {
        case (.running(let run), _) where run.stop?.isRefusal == true:
            return []
        case (.starting, .ready):
            self.state = .warm
            return [.reportReady]
        case (.running(var run), .started) where !run.hasStarted:
            run.hasStarted = true
            self.state = .running(run)
            return [.emit(.started)]
        case (.running(let run), .log(let stream, let text)) where run.hasStarted:
            return self.logged(run, stream, text)
        case (.running(let run), .console(let arguments))
        where run.hasStarted && run.assignment.request.dialect == .n8n:
            if let problem = check(.console, arguments) {
                return self.violated(.invalidField("console: \(problem)"))
            }
            return self.printed(run, arguments)
        case (.running(let run), .progress(let done, let total)) where run.hasStarted && done <= total:
            return [.emit(.progress(done: done, total: total))]
        case (.running(let run), .result(let usage, let items)) where run.hasStarted:
            let kind: AnswerCheck.Kind = run.assignment.request.dialect == .n8n ? .anyValue : .items
            if let problem = check(kind, items) {
                return self.violated(.invalidField("result: \(problem)"))
            }
            return self.finish(run, .items(items), usage, at: now)
        case (.running(let run), .report(let usage, let report)) where run.assignment.request.purpose == .check:
            return self.finish(run, .checked(report), usage, at: now)
        case (.running(let run), .failure(let usage, let failure)) where run.hasStarted:
            return self.finish(run, .failure(failure), usage, at: now)
        case (.running, .stopped):
            return []
        case (.done, _):
            return []
        case (.starting, _), (.warm, _), (.running, _):
            return self.violated(.invalidField("frame out of order"))
        }
    }

    private mutating func logged(_ run: Run, _ stream: LogStream, _ text: String) -> [Action] {
        var run = run
        guard !run.isLogTruncated else { return [] }
        let room = self.limits.log - run.loggedBytes
        run.loggedBytes += text.utf8.count
        guard text.utf8.count > room else {
            self.state = .running(run)
            return text.isEmpty ? [] : [.emit(.log(stream, text))]
        }
        run.isLogTruncated = true
        self.state = .running(run)
        let marker = "\n[the rest was cut off: a task may print \(self.limits.log) bytes (TERRARIUM_LOG_LIMIT)]\n"
        return [.emit(.log(stream, Self.prefix(of: text, bytes: room) + marker))]
    }

    /// Prints of n8n's dialect are whole or not at all: a list cut in the middle would be no list.
    private mutating func printed(_ run: Run, _ arguments: ArraySlice<UInt8>) -> [Action] {
        var run = run
        guard !run.isLogTruncated else { return [] }
        run.loggedBytes += arguments.count
        run.isLogTruncated = run.loggedBytes > self.limits.log
        self.state = .running(run)
        guard run.isLogTruncated else { return [.emit(.console(arguments))] }
        let marker = "[\"[the rest was cut off: a task may print \(self.limits.log) bytes (TERRARIUM_LOG_LIMIT)]\"]"
        return [.emit(.console(Array(marker.utf8)[...]))]
    }

    /// As many whole characters as fit into that many bytes.
    private static func prefix(of text: String, bytes: Int) -> String {
        var end = text.utf8.index(text.startIndex, offsetBy: max(0, bytes))
        while end > text.startIndex, String.Index(end, within: text.unicodeScalars) == nil {
            end = text.utf8.index(before: end)
        }
        return String(text[..<end])
    }

    private mutating func finish(
        _ run: Run,
        _ result: TaskOutcome.Result,
        _ usage: ReportedUsage,
        at now: Instant
    ) -> [Action] {
        self.state = .done
        let wall = now - run.assignedAt
        // Whatever it does after its last word is of no interest; a killed process cannot linger either.
        let outcome = TaskOutcome(
            result: result,
            logsTruncated: run.isLogTruncated,
            usage: self.believed(usage, within: wall)
        )
        return [.finish(outcome), .kill]
    }

    /// More than an interpreter takes with whatever was imported ahead, which nobody here has measured.
    static let mostBeforeTheTask = 4 << 30

    /// The worker's own word, as far as it can be true: nothing in it took longer than the whole, and the kernel ends it
    /// at its limit on processor time, which is rounded up to seconds and enforced two seconds later.
    private func believed(_ usage: ReportedUsage, within wall: Duration) -> TaskUsage {
        TaskUsage(
            wall: wall,
            cpu: min(usage.cpu, self.limits.cpu + .seconds(3)),
            peakResidentBytes: min(usage.peakResidentBytes, self.limits.memory + Self.mostBeforeTheTask),
            phases: TaskPhases(
                decode: min(usage.phases.decode, wall),
                run: min(usage.phases.run, wall),
                encode: min(usage.phases.encode, wall)
            )
        )
    }

    // MARK: Its end

    /// The socket is at its end; `stackText` is the stack that followed a `stopped` frame.
    mutating func streamEnded(stackText: String?, at now: Instant) -> [Action] {
        switch self.state {
        case .starting, .warm:
            self.state = .done
            return [.kill, .reportGone]
        case .running(var run):
            run.streamEndedAt = now
            run.stackText = stackText
            self.state = .running(run)
            // A process that closes its socket and lives on would never get an outcome.
            return run.exit == nil ? [.kill] : self.conclude(run)
        case .done:
            return []
        }
    }

    /// The process ended; `exit` is nil when its fork server died and nobody can say how.
    mutating func exited(_ exit: WorkerExit?) -> [Action] {
        switch self.state {
        case .starting, .warm:
            // Not at the end of the stream only: a task that is handed over between the two would wait for a word that has
            // been said.
            self.state = .done
            return [.reportGone]
        case .running(var run):
            guard run.exit == nil else { return [] }
            run.exit = .some(exit)
            self.state = .running(run)
            return run.streamEndedAt == nil ? [] : self.conclude(run)
        case .done:
            return []
        }
    }

    private mutating func conclude(_ run: Run) -> [Action] {
        guard let endedAt = run.streamEndedAt, let exit = run.exit else { return [] }
        self.state = .done
        let wall = endedAt - run.assignedAt
        let verdict = ExitVerdict(run: run, exit: exit, wall: wall, limits: self.limits)
        guard run.hasStarted || run.stop != nil else { return [.reportLostTask(verdict.failure)] }
        let usage = TaskUsage(
            wall: wall,
            cpu: exit?.usage.cpu ?? .zero,
            peakResidentBytes: exit?.usage.peakResidentBytes ?? 0
        )
        let outcome = TaskOutcome(
            result: .failure(verdict.failure),
            logsTruncated: run.isLogTruncated,
            usage: usage,
            kill: verdict.reason
        )
        return [.finish(outcome)]
    }
}
