import Settings
import Tasks

/// The limits in force as gauges, with which dashboards show the load as a share of the limit.
struct LimitFigures {
    /// For each limit: the part of its name after `terrarium_limit_`, what is limited, and the value in base units.
    var rows: [(name: String, help: String, value: String)]

    init(_ settings: ServiceSettings, memory: MemoryAccount.Limits, connections: Int) {
        let limits = settings.limits
        self.rows = [
            ("concurrency", "Tasks that run at once.", "\(settings.maximumConcurrency)"),
            (
                "concurrency_per_user", "Tasks of one user that run at once.",
                "\(min(settings.maximumConcurrencyPerUser ?? .max, settings.maximumConcurrency))"
            ),
            ("queue", "Tasks that wait.", "\(settings.queueLimit)"),
            (
                "rate_per_user", "Tasks that one user may submit in a minute.",
                settings.ratePerUser.map { "\($0)" } ?? "+Inf"
            ),
            ("connections", "Open connections.", "\(connections)"),
            ("payload_bytes", "The body of a request.", "\(settings.maximumPayload)"),
            ("memory_per_user_bytes", "Requests and answers of one user.", "\(memory.perUser)"),
            ("task_seconds", "The run time of a task.", "\(settings.taskTimeout / .seconds(1))"),
            ("task_cpu_seconds", "The processor time of a task.", "\(limits.cpu / .seconds(1))"),
            ("task_memory_bytes", "The memory of a task.", "\(limits.memory)"),
            ("task_output_bytes", "The result of a task.", "\(limits.output)"),
            ("task_log_bytes", "The prints of a task.", "\(limits.log)"),
        ]
    }
}
