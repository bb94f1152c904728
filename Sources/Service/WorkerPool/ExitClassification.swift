import Linux
import Tasks
import Text
import Wire

/// Derives the failure of a task without a result from two facts: why the broker stopped its worker, and how the
/// worker's process ended. ``WorkerStateMachine`` makes one for each such task. The texts of timeouts are in
/// `TaskFailure+Timeout.swift`.
struct ExitClassification {
    let failure: TaskFailure
    let reason: KillReason

    /// - Parameters:
    ///   - run: The task, and the reason for which the broker stopped it, if it did.
    ///   - exit: How the process ended; nil when this is unknown because the fork server, which reports it, is gone.
    ///   - limits: The limits of the task.
    init(run: WorkerStateMachine.Run, exit: WorkerExit?, limits: TaskLimits) {
        let stack = run.stackText.map { StackDump($0, code: run.assignment.task.code) }
        var (failure, reason) = Self.stopped(run, exit, stack, limits) ?? Self.died(run, exit, stack, limits)
        failure.line = stack?.line
        failure.sourceLine = stack?.sourceLine
        failure.traceback = stack?.traceback
        self.failure = failure
        self.reason = reason
    }

    /// The failure of a task that the broker stopped; nil when the broker did not stop it.
    private static func stopped(
        _ run: WorkerStateMachine.Run,
        _ exit: WorkerExit?,
        _ stack: StackDump?,
        _ limits: TaskLimits
    ) -> (TaskFailure, KillReason)? {
        let place = stack?.place(after: "the code was at") ?? ""
        switch run.stop {
        case .timeout:
            return (.wallTimeReached(run.assignment.timeout, cpu: exit?.usage.cpu, at: stack), .timeout)
        case .cancelled:
            return (TaskFailure(.cancelled, message: "the task was cancelled" + place), .cancel)
        case .shutdown:
            let message = "the task was cancelled because the service stops" + place
            return (TaskFailure(.cancelled, message: message), .shutdown)
        case .violation(let error) where error.isOversizedResult:
            let message =
                "the result is larger than the \(ByteText.text(limits.output)) that TERRARIUM_OUTPUT_LIMIT allows"
            return (TaskFailure(.outputExceeded, message: message), .output)
        case .violation(let error):
            let message = "the worker sent an invalid answer: \(error)"
            return (TaskFailure(.workerDied, message: message), .invalidAnswer)
        case .flood:
            let message = "the worker sent more than its output and log limits allow"
            return (TaskFailure(.outputExceeded, message: message), .output)
        case nil:
            return nil
        }
    }

    /// The failure of a task that the broker did not stop: the worker ended by itself, or a signal ended it.
    private static func died(
        _ run: WorkerStateMachine.Run,
        _ exit: WorkerExit?,
        _ stack: StackDump?,
        _ limits: TaskLimits
    ) -> (TaskFailure, KillReason) {
        if let call = Self.blockedCall(run) {
            let message = "\(SoftStop.blockedPrefix)\(call) ended the worker: seccomp allows it to no task"
            return (TaskFailure(.workerDied, message: message), .systemCall)
        }
        guard let exit else {
            return (TaskFailure(.workerDied, message: "the worker died with its fork server"), .forkServer)
        }
        guard exit.signal != 0 else {
            let failure = TaskFailure(
                .workerDied,
                message: "the task ended its process with exit status \(exit.status) before it returned",
                hint: "a task must return its items; it must not call os._exit"
            )
            return (failure, .exit)
        }
        if exit.signal == Signal.cpuLimit || (exit.signal == Signal.kill && exit.usage.cpu >= limits.cpu) {
            return (.processorTimeReached(exit.usage.cpu, of: limits.cpu, at: stack), .cpu)
        }
        let place = stack?.line.map { " at line \($0)" } ?? ""
        let death = "the worker was killed by \(Signal.name(exit.signal))\(place)"
        if let used = Self.exceededMemory(run, exit) {
            let share = ByteText.share(used, of: run.memory.bytes)
            let message = "memory: \(share) in use (\(run.memory.setting)): \(death)"
            return (TaskFailure(.memoryExceeded, message: message), .memory)
        }
        if exit.signal == Signal.badSystemCall {
            return (TaskFailure(.workerDied, message: "\(death): seccomp refused a system call"), .systemCall)
        }
        return (TaskFailure(.workerDied, message: death), .signal)
    }

    /// The name of the forbidden system call for which seccomp ended the worker; nil when it ended for another reason.
    /// The worker's signal handler writes the name in front of the stack.
    private static func blockedCall(_ run: WorkerStateMachine.Run) -> Substring? {
        let prefix = SoftStop.blockedPrefix
        guard let text = run.stackText, text.hasPrefix(prefix) else { return nil }
        return text.dropFirst(prefix.count).prefix { !$0.isNewline }.prefix(100)
    }

    /// The bytes that a failure names for a worker that ran out of memory: its limit, or its peak of resident memory;
    /// nil when it ended for another reason.
    private static func exceededMemory(_ run: WorkerStateMachine.Run, _ exit: WorkerExit) -> Int? {
        // Before the stack, the worker's signal handler tests whether it can still map a tenth of the limit. This line
        // says that it could not. Memory that is in use need not be resident, so the failure names the limit and not the
        // peak of resident memory.
        if run.stackText?.hasPrefix(SoftStop.outOfMemoryLine + "\n") == true { return run.memory.bytes }
        // The kernel sends SIGKILL when the machine or a control group runs out of memory, but an operator may send it
        // as well. Only a worker that used at least half of its memory limit counts as out of memory.
        return exit.signal == Signal.kill && exit.usage.peakResidentBytes >= run.memory.bytes / 2
            ? exit.usage.peakResidentBytes : nil
    }
}
