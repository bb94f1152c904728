import Tasks
import Testing
import Wire

@testable import WorkerPool

/// How a worker ends.
extension WorkerStateMachineTests {
    @Test(arguments: [
        (
            "", Int32(11), Duration.zero, KillReason.signal, FailureKind.workerDied,
            "the worker was killed by SIGSEGV at line 2"
        ),
        (
            "", 24, .milliseconds(60_010), .cpu, .timedOut,
            "the CPU time limit of 60 s (TERRARIUM_CPU_LIMIT) was reached; CPU time used: 60.01 s; "
                + "the code was running at line 2"
        ),
        (
            "out of memory\n", 6, .zero, .memory, .memoryExceeded,
            "memory: 256 MiB of 256 MiB in use (TERRARIUM_MEMORY_LIMIT): the worker was killed by SIGABRT at line 2"
        ),
        (
            "blocked: ptrace\n", 31, .zero, .systemCall, .workerDied,
            "blocked: ptrace ended the worker: seccomp allows it to no task"
        ),
    ])
    mutating func theLastWordsOfAProcessArePartOfTheFailure(
        words: String,
        signal: Int32,
        cpu: Duration,
        reason: KillReason,
        kind: FailureKind,
        message: String
    ) {
        var machine = self.running()
        _ = self.frame(.started, &machine)
        _ = self.frame(.stopped, &machine)
        let stack = words + "Stack (most recent call first):\n  File \"<task>\", line 2 in <module>\n"
        _ = machine.streamEnded(stackText: stack, at: self.start)
        let actions = machine.exited(self.exit(signal: signal, cpu: cpu))
        let failure = self.failure(actions)
        #expect(self.outcome(actions)?.kill == reason)
        #expect(failure?.kind == kind)
        #expect(failure?.message == message)
        #expect(failure?.line == 2)
        #expect(failure?.sourceLine == "work()")
    }

    @Test(arguments: [
        (WorkerStateMachine.Stop.timeout, KillReason.timeout), (.cancelled, .cancel), (.shutdown, .shutdown),
        (.flood, .output), (.violation(.truncated), .invalidAnswer),
    ])
    mutating func whatTheBrokerEndedItForIsNamed(stop: WorkerStateMachine.Stop, reason: KillReason) {
        var machine = self.running()
        _ = self.frame(.started, &machine)
        switch stop {
        case .timeout: _ = machine.deadlineReached()
        case .cancelled: _ = machine.stopRequested(for: .cancelled)
        case .shutdown: _ = machine.stopRequested(for: .shutdown)
        case .flood: _ = machine.received(32 << 20)
        case .violation(let error): _ = machine.violated(error)
        }
        _ = machine.streamEnded(stackText: nil, at: self.start)
        #expect(self.outcome(machine.exited(self.exit(signal: 9)))?.kill == reason)
    }

    @Test mutating func aForkServersDeathEndsTheTaskWithoutAWordOfItsExit() {
        var machine = self.running()
        _ = self.frame(.started, &machine)
        _ = machine.exited(nil)
        let actions = machine.streamEnded(stackText: nil, at: self.start)
        #expect(words(actions) == ["finish worker_died"])
        #expect(self.outcome(actions)?.kill == .forkServer)
    }

    @Test mutating func aSecondReportOfAnExitChangesNothing() {
        var machine = self.running()
        _ = self.frame(.started, &machine)
        #expect(machine.exited(self.exit(signal: 9)).isEmpty)
        #expect(machine.exited(nil).isEmpty)
        // The outcome is that of the first report: without a report the cause would be the death of the fork server.
        let second = words(machine.streamEnded(stackText: nil, at: self.start))
        var control = self.running()
        _ = self.frame(.started, &control)
        #expect(control.exited(self.exit(signal: 9)).isEmpty)
        #expect(second == words(control.streamEnded(stackText: nil, at: self.start)))
        #expect(second.count == 1)
    }

    @Test mutating func aReportAnswersACheckOnly() {
        var check = self.running(purpose: .check)
        #expect(words(self.frame(.report(Self.usage, CheckReport()), &check)) == ["finish succeeded", "kill"])
        var run = self.running()
        _ = self.frame(.started, &run)
        #expect(words(self.frame(.report(Self.usage, CheckReport()), &run)) == ["kill"])
    }
}
