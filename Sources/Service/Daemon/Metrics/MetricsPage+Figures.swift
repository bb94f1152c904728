/// Writes the metrics of the limits, of this process and of the users.
extension MetricsPage {
    static var architecture: String {
        #if arch(x86_64)
        "x86_64"
        #elseif arch(arm64)
        "arm64"
        #else
        "other"
        #endif
    }

    mutating func write(_ limits: LimitFigures) {
        for row in limits.rows {
            self.family("terrarium_limit_\(row.name)", "gauge", "Limit: \(row.help)")
            self.sample("terrarium_limit_\(row.name)", [], row.value)
        }
    }

    mutating func write(_ process: ProcessFigures) {
        for (name, type, help, value) in [
            (
                "terrarium_process_cpu_seconds_total", "counter", "Processor time of the service without workers.",
                "\(process.cpu / .seconds(1))"
            ),
            (
                "terrarium_process_resident_memory_bytes", "gauge", "Resident memory of the service without workers.",
                "\(process.residentBytes)"
            ),
            ("terrarium_process_open_fds", "gauge", "Open descriptors.", "\(process.openDescriptors)"),
            ("terrarium_process_max_fds", "gauge", "The limit on descriptors.", "\(process.maximumDescriptors)"),
            (
                "terrarium_process_start_time_seconds", "gauge", "When the service started, since 1970.",
                "\(process.startedAt)"
            ),
        ] {
            self.family(name, type, help)
            self.sample(name, [], value)
        }
    }

    mutating func write(_ users: UserCounts) {
        let rows = users.rows
        self.family("terrarium_user_tasks_total", "counter", "Tasks of a user that ended.")
        for (uid, counts) in rows {
            self.sample("terrarium_user_tasks_total", [("uid", uid), ("result", "succeeded")], "\(counts.succeeded)")
            self.sample("terrarium_user_tasks_total", [("uid", uid), ("result", "failed")], "\(counts.failed)")
            self.sample("terrarium_user_tasks_total", [("uid", uid), ("result", "rejected")], "\(counts.rejected)")
        }
        self.family("terrarium_user_tasks_active", "gauge", "Tasks of a user that wait or run.")
        for (uid, counts) in rows { self.sample("terrarium_user_tasks_active", [("uid", uid)], "\(counts.active)") }
        self.family("terrarium_user_wall_seconds_total", "counter", "Run time of a user's tasks.")
        for (uid, counts) in rows {
            self.sample("terrarium_user_wall_seconds_total", [("uid", uid)], "\(counts.wall / .seconds(1))")
        }
        self.family("terrarium_user_cpu_seconds_total", "counter", "Processor time of a user's tasks.")
        for (uid, counts) in rows {
            self.sample("terrarium_user_cpu_seconds_total", [("uid", uid)], "\(counts.cpu / .seconds(1))")
        }
    }
}
