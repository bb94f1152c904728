import Tasks
import Testing
import Wire

@testable import WorkerPool

@Suite struct WorkerStateMachineTests {
    static let limits = TaskLimits(memory: 1 << 28, cpu: .seconds(60), output: 1000, log: 10)
    static let usage = ReportedUsage(
        cpu: .milliseconds(3),
        peakResidentBytes: 1 << 20,
        phases: TaskPhases(decode: .milliseconds(1), run: .milliseconds(4), encode: .milliseconds(2))
    )
    let start = ContinuousClock.now
    var generator = SystemRandomNumberGenerator()

    mutating func running(code: String = "pass\nwork()", purpose: TaskPurpose = .run) -> WorkerStateMachine {
        var machine = WorkerStateMachine(limits: Self.limits, processors: 2)
        #expect(words(self.frame(.ready, &machine)) == ["ready"])
        let task = PythonTask(purpose: purpose, code: Array(code.utf8)[...])
        let assignment = TaskAssignment(
            id: TaskID(using: &self.generator),
            task: task,
            timeout: .seconds(2)
        )
        #expect(machine.assigned(assignment, at: self.start).isEmpty)
        return machine
    }

    func frame(
        _ frame: WorkerFrame,
        _ machine: inout WorkerStateMachine,
        after milliseconds: Int = 0
    ) -> [WorkerStateMachine.Action] {
        machine.frame(frame, at: self.start + .milliseconds(milliseconds)) { $1.first == 0x5B ? nil : "not an array" }
    }

    func words(_ actions: [WorkerStateMachine.Action]) -> [String] {
        actions.map { action in
            switch action {
            case .reportReady: "ready"
            case .reportGone: "gone"
            case .reportLostTask(let failure): "lost \(failure.kind.name)"
            case .emit(.started): "started"
            case .emit(.log(let stream, let text)): "\(stream.name) \(text)"
            case .emit(.console(let arguments)): "console \(String(decoding: arguments, as: UTF8.self))"
            case .emit(.items(let items)): "items \(String(decoding: items, as: UTF8.self))"
            case .emit(.progress(let done, let total)): "\(done)/\(total)"
            case .reportImports(let modules): "imports \(modules.joined(separator: " "))"
            case .finish(let outcome): "finish \(outcome.name)"
            case .softStop: "soft stop"
            case .kill: "kill"
            case .scheduleKill(let delay): "kill in \(delay)"
            }
        }
    }

    func exit(_ status: Int32 = 0, signal: Int32 = 0, cpu: Duration = .zero, rss: Int = 0) -> WorkerExit {
        WorkerExit(status: status, signal: signal, usage: ReportedUsage(cpu: cpu, peakResidentBytes: rss))
    }

    func outcome(_ actions: [WorkerStateMachine.Action]) -> TaskOutcome? {
        for case .finish(let outcome) in actions { return outcome }
        return nil
    }

    func failure(_ actions: [WorkerStateMachine.Action]) -> TaskFailure? {
        guard case .failure(let failure)? = self.outcome(actions)?.result else { return nil }
        return failure
    }

    @Test mutating func aResultIsTheOutcomeAtOnceAndTheProcessIsEnded() {
        var machine = self.running()
        #expect(words(self.frame(.started, &machine)) == ["started"])
        #expect(words(self.frame(.log(.stdout, "hi"), &machine)) == ["stdout hi"])
        #expect(words(self.frame(.progress(done: 1, total: 2), &machine)) == ["1/2"])
        let actions = self.frame(.result(Self.usage, [0x5B, 0x5D]), &machine, after: 30)
        #expect(words(actions) == ["finish succeeded", "kill"])
        guard case .finish(let outcome)? = actions.first else { return }
        #expect(
            outcome.usage
                == TaskUsage(
                    wall: .milliseconds(30),
                    cpu: .milliseconds(3),
                    peakResidentBytes: 1 << 20,
                    phases: Self.usage.phases
                )
        )
        #expect(outcome.kill == nil)
        #expect(machine.streamEnded(stackText: nil, at: self.start).isEmpty)
        #expect(machine.exited(self.exit(signal: 9)).isEmpty)
        #expect(machine.deadlineReached().isEmpty)
    }

    @Test mutating func importsAreReportedOnceAndOfATaskThatRuns() {
        var early = self.running()
        #expect(words(self.frame(.imported(["a.b"]), &early)) == ["kill"])
        var machine = self.running()
        _ = self.frame(.started, &machine)
        #expect(words(self.frame(.imported(["a.b", "c"]), &machine)) == ["imports a.b c"])
        #expect(words(self.frame(.imported(["d"]), &machine)) == ["kill"])
    }

    enum LastWord: CaseIterable {
        case result
        case failure
        case report

        var purpose: TaskPurpose { self == .report ? .check : .run }

        var frame: WorkerFrame {
            switch self {
            case .result: .result(WorkerStateMachineTests.usage, [0x5B, 0x5D])
            case .failure: .failure(WorkerStateMachineTests.usage, TaskFailure(.memoryExceeded, message: "too large"))
            case .report: .report(WorkerStateMachineTests.usage, CheckReport())
            }
        }
    }

    /// A worker stays after its last frame until it is killed: the signal and the time it used up to then are its normal end.
    @Test(arguments: LastWord.allCases, [true, false])
    mutating func aWorkerIsKilledAfterItsLastFrameWhichIsNoFailure(last: LastWord, isStopping: Bool) {
        var machine = self.running(purpose: last.purpose)
        _ = self.frame(.started, &machine)
        if isStopping { _ = machine.stopRequested(for: .cancelled) }
        let actions = self.frame(last.frame, &machine, after: 30)
        #expect(self.words(actions).last == "kill")
        #expect(actions.count == 2)
        #expect(self.outcome(actions)?.kill == nil)
        #expect(self.outcome(actions)?.usage.cpu == Self.usage.cpu)
        // Timers that were running, the end of a soft stop that came too late, and what a hostile worker may still send.
        #expect(machine.deadlineReached().isEmpty)
        #expect(machine.killDue().isEmpty)
        #expect(machine.stopRequested(for: .shutdown).isEmpty)
        #expect(self.frame(.stopped, &machine).isEmpty)
        #expect(self.frame(last.frame, &machine).isEmpty)
        #expect(machine.received(32 << 20).isEmpty)
        // The end of its process, in either order.
        let end = self.exit(signal: 9, cpu: Self.limits.cpu)
        var other = machine
        #expect(machine.exited(end).isEmpty)
        #expect(machine.streamEnded(stackText: nil, at: self.start).isEmpty)
        #expect(other.streamEnded(stackText: nil, at: self.start).isEmpty)
        #expect(other.exited(end).isEmpty)
        // The control: the same end without a last frame.
        var silent = self.running(purpose: last.purpose)
        _ = self.frame(.started, &silent)
        _ = silent.streamEnded(stackText: nil, at: self.start)
        #expect(self.outcome(silent.exited(end))?.kill == .cpu)
    }

    @Test(arguments: [(30, Duration.milliseconds(60)), (1000, .seconds(2)), (120_000, .seconds(63))])
    mutating func reportedUsageIsClampedToWhatIsPossible(wall: Int, cpu: Duration) {
        var machine = self.running()
        _ = self.frame(.started, &machine)
        let years = Duration.seconds(1_000_000_000)
        let forged = ReportedUsage(
            cpu: years,
            peakResidentBytes: .max,
            phases: TaskPhases(decode: years, run: years, encode: years)
        )
        let usage = self.outcome(self.frame(.result(forged, [0x5B, 0x5D]), &machine, after: wall))?.usage
        let all = Duration.milliseconds(wall)
        #expect(usage?.phases == TaskPhases(decode: all, run: all, encode: all))
        // Two processors for the time of the task, and never more than the limit and what the kernel allows beyond it.
        #expect(usage?.cpu == cpu)
        #expect(usage?.peakResidentBytes == Self.limits.memory + WorkerStateMachine.maximumBaselineMemory)
    }

    @Test mutating func aFloodOfSmallFramesEndsTheWorker() {
        var machine = self.running()
        _ = self.frame(.started, &machine)
        // Without the cost of a frame, these would be one percent of the limit on bytes.
        let limit = (Self.limits.output + 256 * Self.limits.log + (1 << 20) + (4 << 20)) / 256
        for _ in 0..<(limit - 3) { #expect(!self.words(self.frame(.log(.stdout, ""), &machine)).contains("kill")) }
        #expect(!machine.ignoresFrames)
        var last: [String] = []
        for _ in 0..<6 where last.isEmpty { last = self.words(self.frame(.log(.stdout, ""), &machine)) }
        #expect(last == ["kill"])
        #expect(machine.ignoresFrames)
        _ = machine.streamEnded(stackText: nil, at: self.start)
        #expect(words(machine.exited(self.exit(signal: 9))) == ["finish output_exceeded"])
    }

    @Test mutating func shortPrintsAreCutOffAtANumberOfThemAndMarked() {
        let limits = TaskLimits(memory: 1 << 28, cpu: .seconds(60), output: 1000, log: 1 << 20)
        var machine = WorkerStateMachine(limits: limits, processors: 2)
        _ = self.frame(.ready, &machine)
        let task = PythonTask(code: [])
        let assignment = TaskAssignment(id: TaskID(using: &self.generator), task: task, timeout: .seconds(1))
        _ = machine.assigned(assignment, at: self.start)
        _ = self.frame(.started, &machine)
        for _ in 0..<16_384 { #expect(words(self.frame(.log(.stdout, "x"), &machine)) == ["stdout x"]) }
        let cut = words(self.frame(.log(.stdout, "x"), &machine))
        #expect(cut.count == 1)
        #expect(cut.first?.hasPrefix("stdout x\n[the rest was cut off: a task may make 16384 short prints") == true)
        #expect(self.frame(.log(.stdout, "x"), &machine).isEmpty)
    }

    @Test mutating func aWorkerThatDiesBeforeItBeganLosesTheTaskForAnother() {
        var machine = self.running()
        #expect(words(machine.streamEnded(stackText: nil, at: self.start)) == ["kill"])
        #expect(words(machine.exited(self.exit(signal: 11))) == ["lost worker_died"])
    }

    @Test mutating func anAssignmentToADeadWorkerIsReportedLost() {
        var machine = WorkerStateMachine(limits: Self.limits, processors: 2)
        _ = self.frame(.ready, &machine)
        #expect(words(machine.streamEnded(stackText: nil, at: self.start)) == ["kill", "gone"])
        let task = PythonTask(code: [])
        let assignment = TaskAssignment(id: TaskID(using: &self.generator), task: task, timeout: .seconds(1))
        #expect(words(machine.assigned(assignment, at: self.start)) == ["lost worker_died"])
    }

    @Test mutating func anAssignmentToAWorkerThatIsNotWarmGoesToAnotherInsteadOfTrapping() {
        let task = PythonTask(code: [])
        let assignment = TaskAssignment(id: TaskID(using: &self.generator), task: task, timeout: .seconds(1))
        var starting = WorkerStateMachine(limits: Self.limits, processors: 2)
        #expect(words(starting.assigned(assignment, at: self.start)) == ["lost worker_died"])
        var running = self.running()
        #expect(words(running.assigned(assignment, at: self.start)) == ["lost worker_died"])
        // The task that it has goes on.
        #expect(words(self.frame(.started, &running)) == ["started"])
    }

    @Test(arguments: [true, false])
    mutating func aTaskThatIsHandedToAWorkerWhoseExitIsKnownIsReportedLostBeforeTheStreamEnds(isReady: Bool) {
        var machine = WorkerStateMachine(limits: Self.limits, processors: 2)
        if isReady { _ = self.frame(.ready, &machine) }
        #expect(words(machine.exited(self.exit(signal: 9))) == ["gone"])
        #expect(self.frame(.ready, &machine).isEmpty)
        let task = PythonTask(code: [])
        let assignment = TaskAssignment(id: TaskID(using: &self.generator), task: task, timeout: .seconds(1))
        #expect(words(machine.assigned(assignment, at: self.start)) == ["lost worker_died"])
        #expect(machine.streamEnded(stackText: nil, at: self.start).isEmpty)
        #expect(machine.exited(nil).isEmpty)
    }

    @Test mutating func aTaskThatIsCancelledOnItsWayToTheWorkerIsStoppedWhenItArrives() {
        var machine = WorkerStateMachine(limits: Self.limits, processors: 2)
        _ = self.frame(.ready, &machine)
        #expect(machine.stopRequested(for: .cancelled).isEmpty)
        let task = PythonTask(code: [])
        let assignment = TaskAssignment(id: TaskID(using: &self.generator), task: task, timeout: .seconds(1))
        #expect(words(machine.assigned(assignment, at: self.start)).first == "soft stop")
        #expect(machine.isRunning)
        _ = machine.streamEnded(stackText: nil, at: self.start)
        #expect(words(machine.exited(self.exit(signal: 9))) == ["finish cancelled"])
    }

    @Test(arguments: [true, false])
    mutating func theEndOfStreamAndTheExitAreBothWaitedForInEitherOrder(exitFirst: Bool) {
        var machine = self.running()
        _ = self.frame(.started, &machine)
        if exitFirst {
            #expect(machine.exited(self.exit(signal: 11)).isEmpty)
            #expect(words(self.frame(.log(.stdout, "late"), &machine)) == ["stdout late"])
            #expect(words(machine.streamEnded(stackText: nil, at: self.start)) == ["finish worker_died"])
        } else {
            #expect(words(machine.streamEnded(stackText: nil, at: self.start)) == ["kill"])
            #expect(words(machine.exited(self.exit(signal: 11))) == ["finish worker_died"])
        }
    }

    @Test mutating func aTimeoutStopsSoftlyThenHardAndSaysWhereTheCodeWas() {
        var machine = self.running()
        _ = self.frame(.started, &machine)
        #expect(
            words(machine.deadlineReached())
                == ["soft stop", "kill in \(WorkerStateMachine.softStopGrace)"]
        )
        #expect(machine.deadlineReached().isEmpty)
        #expect(self.frame(.stopped, &machine).isEmpty)
        let stack = """
            Stack (most recent call first):
              File "/usr/lib/python3.11/json/__init__.py", line 5 in loads
              File "<task>", line 2 in work
              File "<task>", line 1 in <module>
            """
        #expect(words(machine.killDue()) == ["kill"])
        _ = machine.streamEnded(stackText: stack, at: self.start + .seconds(2))
        let failure = self.failure(machine.exited(self.exit(signal: 9, cpu: .milliseconds(200))))
        #expect(failure?.kind == .timedOut)
        let message = "the time limit of 2 s was reached; CPU time used: 0.2 s; the code was waiting at line 2"
        #expect(failure?.message == message)
        #expect(failure?.line == 2)
        #expect(failure?.sourceLine == "work()")
        #expect(
            failure?.traceback == """
                Traceback (most recent call last):
                  File "<task>", line 1, in <module>
                    pass
                  File "<task>", line 2, in work
                    work()

                """
        )
    }

    @Test mutating func aResultThatComesDuringASoftStopStillCounts() {
        var machine = self.running()
        _ = self.frame(.started, &machine)
        _ = machine.stopRequested(for: .cancelled)
        #expect(words(self.frame(.result(Self.usage, [0x5B, 0x5D]), &machine)) == ["finish succeeded", "kill"])
    }

    @Test mutating func printsAreCutAtTheLimitBetweenCharactersAndMarked() {
        var machine = self.running()
        _ = self.frame(.started, &machine)
        _ = self.frame(.log(.stdout, "12345678"), &machine)
        let cut = words(self.frame(.log(.stdout, "9ä0"), &machine))
        #expect(cut.count == 1)
        #expect(cut.first?.hasPrefix("stdout 9\n[the rest was cut off") == true)
        #expect(self.frame(.log(.stdout, "more"), &machine).isEmpty)
        guard case .finish(let outcome)? = self.frame(.result(Self.usage, [0x5B, 0x5D]), &machine).first else { return }
        #expect(outcome.logsTruncated)
    }

    @Test mutating func aResultThatTheBrokerCannotPassOnIsNotPassedOn() {
        var machine = self.running()
        _ = self.frame(.started, &machine)
        #expect(words(self.frame(.result(Self.usage, [0x7B]), &machine)) == ["kill"])
        #expect(self.frame(.result(Self.usage, [0x5B, 0x5D]), &machine).isEmpty)
        _ = machine.streamEnded(stackText: nil, at: self.start)
        #expect(words(machine.exited(self.exit(signal: 9))) == ["finish worker_died"])
    }

    @Test(arguments: [
        WorkerFrame.log(.stdout, "x"), .progress(done: 0, total: 1), .result(Self.usage, [0x5B, 0x5D]),
        .failure(Self.usage, TaskFailure(.pythonError, message: "")), .ready,
    ])
    mutating func framesOutOfOrderEndTheWorker(frame: WorkerFrame) {
        var machine = self.running()
        #expect(words(self.frame(frame, &machine)) == ["kill"])
        var warm = WorkerStateMachine(limits: Self.limits, processors: 2)
        _ = self.frame(.ready, &warm)
        #expect(words(self.frame(frame, &warm)) == ["kill", "gone"])
    }

    @Test mutating func aFloodOfBytesEndsTheWorker() {
        var machine = self.running()
        _ = self.frame(.started, &machine)
        #expect(machine.received(1 << 20).isEmpty)
        #expect(words(machine.received(16 << 20)) == ["kill"])
        _ = machine.streamEnded(stackText: nil, at: self.start)
        #expect(words(machine.exited(self.exit(signal: 9))) == ["finish output_exceeded"])
    }

    @Test(arguments: [
        (Int32(0), Int32(3), Duration.zero, 0, KillReason.exit, FailureKind.workerDied, "exit status 3"),
        (11, 0, .zero, 0, .signal, .workerDied, "SIGSEGV"),
        (31, 0, .zero, 0, .systemCall, .workerDied, "SIGSYS"),
        (24, 0, .seconds(60), 0, .cpu, .timedOut, "(TERRARIUM_CPU_LIMIT) was reached; CPU time used: 60 s"),
        (9, 0, .seconds(61), 0, .cpu, .timedOut, "(TERRARIUM_CPU_LIMIT) was reached; CPU time used: 61 s"),
        (9, 0, .zero, 1 << 29, .memory, .memoryExceeded, "memory: 256 MiB of 256 MiB in use"),
        (9, 0, .zero, 1 << 26, .signal, .workerDied, "the worker was killed by SIGKILL"),
        // Large, but not for want of memory: it would have said so.
        (11, 0, .zero, 1 << 28, .signal, .workerDied, "SIGSEGV"),
    ])
    mutating func theWayAProcessEndedIsNamed(
        signal: Int32,
        status: Int32,
        cpu: Duration,
        rss: Int,
        reason: KillReason,
        kind: FailureKind,
        text: String
    ) {
        var machine = self.running()
        _ = self.frame(.started, &machine)
        _ = machine.streamEnded(stackText: nil, at: self.start)
        let actions = machine.exited(self.exit(status, signal: signal, cpu: cpu, rss: rss))
        let failure = self.failure(actions)
        #expect(self.outcome(actions)?.kill == reason)
        #expect(failure?.kind == kind)
        #expect(failure?.message.contains(text) == true, "\(failure?.message ?? "")")
    }
}
