import Tasks
import Text
import Wire

/// Tracks one worker from fork to exit, and decides what its frames, its end and the timers mean for its task. Pure;
/// owned by ``WorkerConnection``. Frames come from an untrusted process: a frame that is out of order ends the worker.
///
/// A frame with a result, a report or a failure is the outcome as soon as it arrives. Every other outcome waits for two
/// events, in either order: the end of the stream, so that no print is lost, and the fork server's report of how the
/// process ended.
struct WorkerStateMachine: Sendable {
    typealias Instant = ContinuousClock.Instant

    enum Action: Sendable {
        case reportReady
        /// The process has ended or is being killed, and never had a task.
        case reportGone
        /// The worker died before it began its task. The task fails with this failure unless another worker gets it.
        case reportLostTask(TaskFailure)
        case emit(TaskEvent)
        /// The task imported these modules, which its fork server had not loaded.
        case reportImports([String])
        /// The outcome of the task. No action but `kill` follows.
        case finish(TaskOutcome)
        /// Ask the worker to report where its code is and to end.
        case softStop
        case kill
        /// Call `killDue` after this time.
        case scheduleKill(Duration)
    }

    /// Why the broker ends a task.
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

        /// Whether the broker ends the task because of what the worker sent. Later frames of the worker are then
        /// ignored.
        var isRefusal: Bool {
            switch self {
            case .timeout, .cancelled, .shutdown: false
            case .violation, .flood: true
            }
        }
    }

    struct Run: Sendable {
        let assignment: TaskAssignment
        /// The memory limit of this task. It depends on the size of the items, so it is computed at the assignment,
        /// before the items are released.
        let memory: MemoryLimit
        let assignedAt: Instant
        var hasStarted = false
        var hasReportedImports = false
        var loggedBytes = 0
        /// The bytes of the prints so far, where each print counts as ``minimumFrameCost`` bytes at least.
        var logCost = 0
        var items = FinishedItems()
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
    private let processors: Int
    private var state = State.starting
    /// The reason of a stop that arrived before the assignment of its task, which is still on its way from another
    /// thread; nil if there was none.
    private var stoppedAhead: StopReason?
    private var receivedBytes = 0

    /// The time between a soft stop and SIGKILL.
    static let softStopGrace = Duration.milliseconds(250)

    /// The bytes that a frame counts at least, however short it is. A frame of nine bytes takes as much work as a
    /// kilobyte of text.
    static let minimumFrameCost = 256

    /// The limit of ``Run/logCost``: `LOG_LIMIT`, but at least room for 16,384 short prints. The worker merges prints
    /// that follow one another quickly, so they count as one print.
    private var logCostLimit: Int { max(self.limits.log, 4 << 20) }

    /// - Parameters:
    ///   - limits: The limits of the task.
    ///   - processors: The processors of this machine, on which a worker's threads can run at the same time.
    init(limits: TaskLimits, processors: Int) {
        self.limits = limits
        self.processors = processors
    }

    /// The received bytes after which a worker is ended. They are more than the worker program ever sends: a result,
    /// and prints up to the log limit in frames of the smallest size.
    private var receiveLimit: Int {
        self.limits.output + Self.minimumFrameCost * self.limits.log + 16 * WorkerFrame.maximumLogText + (4 << 20)
    }

    // MARK: The task

    /// Whether the worker has a task.
    var isRunning: Bool {
        if case .running = self.state { true } else { false }
    }

    /// The pool assigned a task. The caller sends it to the worker if ``isRunning`` is true afterwards.
    mutating func assigned(_ assignment: TaskAssignment, at now: Instant) -> [Action] {
        switch self.state {
        case .warm:
            let memory = self.limits.memory(for: assignment.task)
            self.state = .running(Run(assignment: assignment, memory: memory, assignedAt: now))
            return self.stoppedAhead.map { self.stop(Stop($0)) } ?? []
        case .done:
            return [.reportLostTask(TaskFailure(.workerDied, message: "the worker died before the task began"))]
        case .starting, .running:
            return [.reportLostTask(Self.notReady)]
        }
    }

    /// The pool assigns one task to a worker, and only to a warm one. Should it not, the task is given to another worker.
    static let notReady = TaskFailure(.workerDied, message: "the worker was not ready for the task")

    mutating func deadlineReached() -> [Action] { self.stop(.timeout) }

    /// Stops the task. If its assignment is still on its way, the task is stopped as soon as it arrives.
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

    /// Counts received bytes of any content, and ends a worker that exceeds the limit. So no worker can keep the broker
    /// busy without end.
    mutating func received(_ count: Int) -> [Action] {
        self.receivedBytes += count
        guard self.receivedBytes > self.receiveLimit else { return [] }
        return self.refuse(.flood)
    }

    /// Whether further frames are ignored, because the task has its outcome or the worker sent something invalid or too
    /// much.
    var ignoresFrames: Bool {
        switch self.state {
        case .starting, .warm: false
        case .running(let run): run.stop?.isRefusal == true
        case .done: true
        }
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

    /// A frame arrived. `check` returns the error in JSON that would be passed on; nil if the JSON is valid.
    mutating func frame(
        _ frame: WorkerFrame,
        at now: Instant,
        check: (WorkerOutputValidator.Kind, ArraySlice<UInt8>) -> String?
    ) -> [Action] {
        guard !self.ignoresFrames else { return [] }
        // A fixed cost for each frame. The bytes of the frame were counted when they arrived.
        let flood = self.received(Self.minimumFrameCost)
        guard flood.isEmpty else { return flood }
        switch (self.state, frame) {
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
        where run.hasStarted && run.assignment.task.dialect == .n8n:
            if let problem = check(.console, arguments) {
                return self.violated(.invalidField("console: \(problem)"))
            }
            return self.printed(run, arguments)
        case (.running(let run), .progress(let done, let total)) where run.hasStarted && done <= total:
            return [.emit(.progress(done: done, total: total))]
        case (.running(var run), .imported(let modules)) where run.hasStarted && !run.hasReportedImports:
            run.hasReportedImports = true
            self.state = .running(run)
            return [.reportImports(modules)]
        case (.running(let run), .items(let items)) where run.hasStarted && run.assignment.task.hasFinishedItems:
            if let problem = check(.items, items) {
                return self.violated(.invalidField("items: \(problem)"))
            }
            return self.itemsFinished(run, items)
        case (.running(let run), .result(let usage, let items)) where run.hasStarted:
            let kind: WorkerOutputValidator.Kind = run.assignment.task.dialect == .n8n ? .anyValue : .items
            if let problem = check(kind, items) {
                return self.violated(.invalidField("result: \(problem)"))
            }
            guard run.items.count + items.count <= self.limits.output + run.items.extraBytes else {
                return self.violated(.invalidField("result: larger than the limit with the items before it"))
            }
            return self.finish(run, .items(run.items.joined(with: items)), usage, at: now)
        case (.running(let run), .report(let usage, let report)) where run.assignment.task.purpose == .check:
            return self.finish(run, .checked(report), usage, at: now)
        case (.running(let run), .failure(let usage, let failure)) where run.hasStarted:
            return self.finish(run, .failure(failure), usage, at: now)
        case (.running, .stopped):
            return []
        case (.starting, _), (.warm, _), (.running, _), (.done, _):
            return self.violated(.invalidField("frame out of order"))
        }
    }

    private mutating func itemsFinished(_ run: Run, _ items: ArraySlice<UInt8>) -> [Action] {
        var run = run
        let streams = run.assignment.task.streamsItems
        run.items.append(items, isKept: !streams)
        guard run.items.count <= self.limits.output + run.items.extraBytes else {
            return self.violated(.invalidField("items: larger than the limit of the result"))
        }
        self.state = .running(run)
        return streams ? [.emit(.items(items))] : []
    }

    private mutating func logged(_ run: Run, _ stream: LogStream, _ text: String) -> [Action] {
        guard !run.isLogTruncated else { return [] }
        let room = self.limits.log - run.loggedBytes
        guard let mark = self.count(text.utf8.count, in: run) else {
            return text.isEmpty ? [] : [.emit(.log(stream, text))]
        }
        let cut = BoundedText.cut(text, toBytes: min(room, text.utf8.count), mark: "\n\(mark)\n")
        return [.emit(.log(stream, text.utf8.count > room ? cut : text + "\n\(mark)\n"))]
    }

    /// A print of n8n's dialect is passed on whole or not at all: a JSON list that is cut is not valid.
    private mutating func printed(_ run: Run, _ arguments: ArraySlice<UInt8>) -> [Action] {
        guard !run.isLogTruncated else { return [] }
        guard let mark = self.count(arguments.count, in: run) else { return [.emit(.console(arguments))] }
        return [.emit(.console(Array("[\"\(mark)\"]".utf8)[...]))]
    }

    /// Counts a print.
    ///
    /// - Returns: The text that marks where prints are cut off, if this print exceeds a limit; otherwise nil.
    private mutating func count(_ bytes: Int, in run: Run) -> String? {
        var run = run
        run.loggedBytes += bytes
        run.logCost += max(bytes, Self.minimumFrameCost)
        let limit: String? =
            if run.loggedBytes > self.limits.log {
                "print \(self.limits.log) bytes (TERRARIUM_LOG_LIMIT)"
            } else if run.logCost > self.logCostLimit {
                "make \(self.logCostLimit / Self.minimumFrameCost) short prints (more with a larger TERRARIUM_LOG_LIMIT)"
            } else {
                nil
            }
        run.isLogTruncated = limit != nil
        self.state = .running(run)
        return limit.map { "[the rest was cut off: a task may \($0)]" }
    }

    private mutating func finish(
        _ run: Run,
        _ result: TaskOutcome.Result,
        _ usage: ReportedUsage,
        at now: Instant
    ) -> [Action] {
        self.state = .done
        let wall = now - run.assignedAt
        // The worker is killed after the outcome: it waits for that, and its later frames would be ignored.
        var outcome = TaskOutcome(
            result: result,
            logsTruncated: run.isLogTruncated,
            usage: self.clamped(usage, within: wall)
        )
        if case .failure = result { outcome.partialItems = run.items.all }
        return [.finish(outcome), .kill]
    }

    /// An upper bound for the memory of an interpreter with its preloaded modules before a task, in bytes. The limit of
    /// the task is added to it.
    static let maximumBaselineMemory = 4 << 30

    /// The figures that the worker reported, clamped to what is possible. No phase takes longer than the task. The
    /// kernel ends a worker at its limit on processor time, which is rounded up to seconds, or at the latest two
    /// seconds after it. Metrics use the kernel's figures instead, which come with the exit.
    private func clamped(_ usage: ReportedUsage, within wall: Duration) -> TaskUsage {
        TaskUsage(
            wall: wall,
            cpu: min(usage.cpu, wall * self.processors, self.limits.cpu + .seconds(3)),
            peakResidentBytes: min(usage.peakResidentBytes, self.limits.memoryCeiling + Self.maximumBaselineMemory),
            phases: TaskPhases(
                decode: min(usage.phases.decode, wall),
                run: min(usage.phases.run, wall),
                encode: min(usage.phases.encode, wall)
            )
        )
    }

    // MARK: Its end

    /// The socket ended. `stackText` is the text that followed a `stopped` frame; nil without such a frame.
    mutating func streamEnded(stackText: String?, at now: Instant) -> [Action] {
        switch self.state {
        case .starting, .warm:
            self.state = .done
            return [.kill, .reportGone]
        case .running(var run):
            run.streamEndedAt = now
            run.stackText = stackText
            self.state = .running(run)
            // The process may live on after it closed its socket; the outcome waits for its exit.
            return run.exit == nil ? [.kill] : self.conclude(run)
        case .done:
            return []
        }
    }

    /// The process ended. `exit` says how; nil when this is unknown because its fork server died.
    mutating func exited(_ exit: WorkerExit?) -> [Action] {
        switch self.state {
        case .starting, .warm:
            // Does not wait for the end of the stream: a task that is assigned in between would wait for an exit that
            // has already been reported.
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
        let end = ExitClassification(run: run, exit: exit, limits: self.limits)
        guard run.hasStarted || run.stop != nil else { return [.reportLostTask(end.failure)] }
        let usage = TaskUsage(
            wall: wall,
            cpu: exit?.usage.cpu ?? .zero,
            peakResidentBytes: exit?.usage.peakResidentBytes ?? 0
        )
        var outcome = TaskOutcome(
            result: .failure(end.failure),
            logsTruncated: run.isLogTruncated,
            usage: usage,
            kill: end.reason
        )
        // Items from a worker that broke the protocol are not passed on.
        if run.stop?.isRefusal != true { outcome.partialItems = run.items.all }
        return [.finish(outcome)]
    }
}
