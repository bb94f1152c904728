import Tasks
import Text
import Wire

/// The failures of tasks that took too long, with the texts that their authors read.
extension TaskFailure {
    /// The task's timeout was reached.
    ///
    /// - Parameters:
    ///   - limit: The timeout.
    ///   - cpu: The processor time that the kernel counted; nil when the exit is unknown.
    ///   - stack: Where the code was, if the worker still reported it.
    /// - Returns: The failure, with its message.
    static func wallTimeReached(_ limit: Duration, cpu: Duration?, at stack: StackDump?) -> TaskFailure {
        let cpu = cpu ?? .zero
        let verb = cpu * 2 < limit ? "it was waiting at" : "it was running at"
        return TaskFailure(
            .timedOut,
            message: "wall time \(Self.seconds(limit)) s reached, CPU \(Self.seconds(cpu)) s"
                + (stack?.place(after: verb) ?? "")
        )
    }

    /// The limit on processor time was reached, at which the kernel ends the worker.
    static func processorTimeReached(_ used: Duration, of limit: Duration, at stack: StackDump?) -> TaskFailure {
        // The kernel checks the limit with a coarser clock than the one of the usage, which may be slightly below it.
        TaskFailure(
            .timedOut,
            message: "CPU time \(Self.seconds(max(used, limit))) s of \(Self.seconds(limit)) s (TERRARIUM_CPU_LIMIT)"
                + (stack?.place(after: "it was running at") ?? "")
        )
    }

    private static func seconds(_ duration: Duration) -> String {
        DurationText.shortest(duration, in: .seconds, decimals: 2)
    }
}
