import Linux
import Tasks
import Wire

/// Why a task ended that has no result: from what the broker did to it and from how its process ended.
struct ExitVerdict {
    let failure: TaskFailure
    let reason: KillReason

    init(run: WorkerStateMachine.Run, exit: WorkerExit?, wall: Duration, limits: TaskLimits) {
        let stack = run.stackText.map { StackDump($0, code: run.assignment.request.code) }
        var failure: TaskFailure
        let reason: KillReason
        switch run.stop {
        case .timeout:
            failure = TaskFailure(.timedOut, message: Self.timeout(run, exit, stack))
            reason = .timeout
        case .cancelled:
            failure = TaskFailure(.cancelled, message: "the task was cancelled" + Self.place(stack, verb: "it was at"))
            reason = .cancel
        case .shutdown:
            let message = "the task was cancelled, as the service stops" + Self.place(stack, verb: "it was at")
            failure = TaskFailure(.cancelled, message: message)
            reason = .shutdown
        case .violation(let error) where error.isOversizedResult:
            failure = TaskFailure(
                .outputExceeded,
                message: "the result is larger than the \(ByteText.text(limits.output)) that "
                    + "TERRARIUM_OUTPUT_LIMIT allows"
            )
            reason = .output
        case .violation(let error):
            failure = TaskFailure(.workerDied, message: "the worker sent what is not a valid answer: \(error)")
            reason = .invalidAnswer
        case .flood:
            failure = TaskFailure(.outputExceeded, message: "the worker sent more than its output and log limits allow")
            reason = .output
        case nil:
            (failure, reason) = Self.blocked(run).map { ($0, .systemCall) } ?? Self.ended(run, exit, stack, limits)
        }
        failure.line = stack?.line
        failure.sourceLine = stack?.sourceLine
        failure.traceback = stack?.traceback
        self.failure = failure
        self.reason = reason
    }

    private static func timeout(_ run: WorkerStateMachine.Run, _ exit: WorkerExit?, _ stack: StackDump?) -> String {
        let limit = run.assignment.timeout
        let cpu = exit?.usage.cpu ?? .zero
        let verb = cpu * 2 < limit ? "it was waiting at" : "it was running at"
        return "wall time \(Self.seconds(limit)) s reached, CPU \(Self.seconds(cpu)) s"
            + Self.place(stack, verb: verb)
    }

    private static func place(_ stack: StackDump?, verb: String) -> String {
        stack?.line.map { ": \(verb) line \($0)" } ?? ""
    }

    /// The worker's own word that a dangerous call ended it stands before its stack.
    private static func blocked(_ run: WorkerStateMachine.Run) -> TaskFailure? {
        let prefix = SoftStop.blockedPrefix
        guard let text = run.stackText, text.hasPrefix(prefix) else { return nil }
        let call = text.dropFirst(prefix.count).prefix { !$0.isNewline }.prefix(100)
        return TaskFailure(.workerDied, message: "\(prefix)\(call) ended the worker: seccomp refuses it to every task")
    }

    private static func ended(
        _ run: WorkerStateMachine.Run,
        _ exit: WorkerExit?,
        _ stack: StackDump?,
        _ limits: TaskLimits
    ) -> (TaskFailure, KillReason) {
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
            // The kernel counts for the limit more coarsely than for the usage.
            let used = max(exit.usage.cpu, limits.cpu)
            let failure = TaskFailure(
                .timedOut,
                message: "CPU time \(Self.seconds(used)) s of \(Self.seconds(limits.cpu)) s "
                    + "(TERRARIUM_CPU_LIMIT)" + Self.place(stack, verb: "it was running at")
            )
            return (failure, .cpu)
        }
        let place = stack?.line.map { " at line \($0)" } ?? ""
        let death = "the worker was killed by \(Signal.name(exit.signal))\(place)"
        if let used = Self.memory(run, exit, limits) {
            let failure = TaskFailure(
                .memoryExceeded,
                message: "memory: \(ByteText.share(used, of: limits.memory)) in use (TERRARIUM_MEMORY_LIMIT): "
                    + death
            )
            return (failure, .memory)
        }
        if exit.signal == Signal.badSystemCall {
            return (TaskFailure(.workerDied, message: "\(death): seccomp refused a system call"), .systemCall)
        }
        return (TaskFailure(.workerDied, message: death), .signal)
    }

    /// How much memory a worker had when it died for want of it; nil when it died of something else.
    private static func memory(_ run: WorkerStateMachine.Run, _ exit: WorkerExit, _ limits: TaskLimits) -> Int? {
        // Its own word: it could not have had a tenth of its limit more. What it had, it need not have touched.
        if run.stackText?.hasPrefix(SoftStop.outOfMemoryLine + "\n") == true { return limits.memory }
        // A machine that runs out of memory, or a cgroup, kills without a word; so does somebody by hand, but not only large
        // workers.
        return exit.signal == Signal.kill && exit.usage.peakResidentBytes >= limits.memory / 2
            ? exit.usage.peakResidentBytes : nil
    }

    /// With at most two digits after the point, and without zeros at the end.
    static func seconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let hundredths = attoseconds / 10_000_000_000_000_000
        guard hundredths > 0 else { return "\(seconds)" }
        return hundredths % 10 == 0
            ? "\(seconds).\(hundredths / 10)" : "\(seconds)." + (hundredths < 10 ? "0" : "") + "\(hundredths)"
    }
}

/// The signals that mean something here, by their numbers on Linux (signal(7)).
enum Signal {
    static let kill: Int32 = 9
    static let cpuLimit: Int32 = 24
    static let badSystemCall: Int32 = 31

    /// The signal's usual name.
    static func name(_ number: Int32) -> String {
        let names: [Int32: String] = [
            1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE",
            9: "SIGKILL", 10: "SIGUSR1", 11: "SIGSEGV", 12: "SIGUSR2", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM",
            24: "SIGXCPU", 25: "SIGXFSZ", 31: "SIGSYS",
        ]
        return names[number] ?? "signal \(number)"
    }
}
