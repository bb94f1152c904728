import Tasks
import Text
import Wire

/// Makes the failures of tasks that took too long, with the messages that users read.
extension TaskFailure {
    /// The task's timeout was reached.
    ///
    /// - Parameters:
    ///   - limit: The timeout.
    ///   - cpu: The processor time that the kernel counted; nil when the exit is unknown.
    ///   - stack: Where the code was; nil when the worker did not report it.
    /// - Returns: The failure, with its message.
    static func wallTimeReached(_ limit: Duration, cpu: Duration?, at stack: StackDump?) -> TaskFailure {
        let cpu = cpu ?? .zero
        let verb = cpu * 2 < limit ? "the code was waiting at" : "the code was running at"
        return TaskFailure(
            .timedOut,
            message: "the time limit of \(Self.seconds(limit)) s was reached; CPU time used: \(Self.seconds(cpu)) s"
                + (stack?.place(after: verb) ?? "")
        )
    }

    /// The kernel ended the worker because it had used up its processor time.
    static func processorTimeReached(_ used: Duration, of limit: Duration, at stack: StackDump?) -> TaskFailure {
        // The kernel enforces the limit with a coarser clock than it measures usage with, so the usage may be slightly
        // below the limit. The larger of the two is shown.
        TaskFailure(
            .timedOut,
            message: "the CPU time limit of \(Self.seconds(limit)) s (TERRARIUM_CPU_LIMIT) was reached; "
                + "CPU time used: \(Self.seconds(max(used, limit))) s"
                + (stack?.place(after: "the code was running at") ?? "")
        )
    }

    private static func seconds(_ duration: Duration) -> String {
        DurationText.shortest(duration, in: .seconds, decimals: 2)
    }
}
