import N8NBridge
import Tasks

/// The metrics of the service in the Prometheus text format, version 0.0.4. The caller collects the values and makes a new
/// page for each request.
struct MetricsPage {
    private(set) var text = ""

    /// Writes all metric families.
    init(
        counts: ServiceMetrics.Counts,
        pool: PoolStatus,
        load: (waiting: Int, running: Int),
        traffic: (received: Int, sent: Int),
        connections: Int,
        bridge: BridgeStatus?,
        droppedLogLines: Int,
        version: String,
        isReady: Bool,
        limits: LimitFigures? = nil,
        process: ProcessFigures? = nil,
        showsUsers: Bool = false
    ) {
        self.family("terrarium_info", "gauge", "Versions, as labels.")
        self.sample(
            "terrarium_info",
            [("version", version), ("python", pool.pythonVersion ?? "")],
            "1"
        )
        self.family("terrarium_build_info", "gauge", "How the service was built, as labels.")
        self.sample("terrarium_build_info", [("version", version), ("architecture", Self.architecture)], "1")
        self.family("terrarium_ready", "gauge", "Whether tasks are accepted.")
        self.sample("terrarium_ready", [], isReady ? "1" : "0")

        self.family("terrarium_tasks_total", "counter", "Tasks that ended, by outcome.")
        let outcomes = ["succeeded"] + FailureKind.allCases.map(\.name)
        for outcome in outcomes {
            self.sample("terrarium_tasks_total", [("outcome", outcome)], "\(counts.outcomes[outcome] ?? 0)")
        }
        self.family("terrarium_tasks_rejected_total", "counter", "Tasks that were rejected, by reason.")
        for reason in ["queue_full", "rate", "draining"] {
            self.sample("terrarium_tasks_rejected_total", [("reason", reason)], "\(counts.rejections[reason] ?? 0)")
        }
        self.family("terrarium_policy_violations_total", "counter", "Constructs that the policy refused.")
        for (label, count) in counts.violations.sorted(by: { $0.key < $1.key }) {
            self.sample(
                "terrarium_policy_violations_total",
                [("rule", label.rule), ("construct", label.construct)],
                "\(count)"
            )
        }
        self.family("terrarium_tasks_running", "gauge", "Tasks that run.")
        self.sample("terrarium_tasks_running", [], "\(load.running)")
        self.family("terrarium_tasks_waiting", "gauge", "Tasks that wait for a slot.")
        self.sample("terrarium_tasks_waiting", [], "\(load.waiting)")

        self.family("terrarium_task_phase_seconds", "histogram", "Time of tasks, by phase.")
        for phase in ServiceMetrics.Phase.allCases {
            self.histogram("terrarium_task_phase_seconds", [("phase", "\(phase)")], counts.phases[phase.rawValue])
        }
        self.family(
            "terrarium_task_wall_seconds",
            "histogram",
            "Time from the assignment to a worker until the outcome."
        )
        self.histogram("terrarium_task_wall_seconds", [], counts.wall)
        self.family(
            "terrarium_task_cpu_seconds_total",
            "counter",
            "Processor time of workers that ended, as the kernel counted it."
        )
        self.sample("terrarium_task_cpu_seconds_total", [], "\(pool.workerCPU / .seconds(1))")
        self.family("terrarium_items_bytes_in_total", "counter", "Bytes of items that were accepted.")
        self.sample("terrarium_items_bytes_in_total", [], "\(counts.bytesIn)")
        self.family("terrarium_items_bytes_out_total", "counter", "Bytes of items that were answered.")
        self.sample("terrarium_items_bytes_out_total", [], "\(counts.bytesOut)")

        self.family("terrarium_http_bytes_received_total", "counter", "Bytes that clients sent.")
        self.sample("terrarium_http_bytes_received_total", [], "\(traffic.received)")
        self.family("terrarium_http_bytes_sent_total", "counter", "Bytes that clients were sent.")
        self.sample("terrarium_http_bytes_sent_total", [], "\(traffic.sent)")
        self.family("terrarium_http_connections", "gauge", "Open connections.")
        self.sample("terrarium_http_connections", [], "\(connections)")

        if let bridge {
            self.family("terrarium_n8n_connected", "gauge", "Whether there is a connection to n8n's task broker.")
            self.sample("terrarium_n8n_connected", [], bridge.isConnected ? "1" : "0")
            self.family("terrarium_n8n_registered", "gauge", "Whether n8n's task broker may send tasks.")
            self.sample("terrarium_n8n_registered", [], bridge.isRegistered ? "1" : "0")
            self.family("terrarium_n8n_tasks", "gauge", "n8n's tasks that have not ended.")
            self.sample("terrarium_n8n_tasks", [], "\(bridge.tasks)")
        }

        self.family("terrarium_workers", "gauge", "Worker processes, by state.")
        for (state, count) in [
            ("warm", pool.warmWorkers), ("starting", pool.startingWorkers), ("running", pool.runningWorkers),
        ] {
            self.sample("terrarium_workers", [("state", state)], "\(count)")
        }
        self.family("terrarium_forks_total", "counter", "Workers that were forked.")
        self.sample("terrarium_forks_total", [], "\(pool.forks)")
        self.family("terrarium_worker_kills_total", "counter", "Workers that ended before they answered, by reason.")
        for reason in KillReason.allCases {
            self.sample("terrarium_worker_kills_total", [("reason", reason.rawValue)], "\(counts.kills[reason] ?? 0)")
        }
        self.family("terrarium_fork_server_starts_total", "counter", "Fork servers that were started.")
        self.sample("terrarium_fork_server_starts_total", [], "\(pool.forkServerStarts)")
        self.family("terrarium_fork_servers", "gauge", "Fork servers that serve.")
        self.sample("terrarium_fork_servers", [], "\(pool.forkServers)")
        self.family("terrarium_sandbox_layer_active", "gauge", "Whether a layer of the sandbox is in force.")
        for layer in pool.layers {
            self.sample("terrarium_sandbox_layer_active", [("layer", layer.name)], layer.isActive ? "1" : "0")
        }
        self.family("terrarium_config_reloads_total", "counter", "Reloads of the configuration, by result.")
        for result in ["accepted", "rejected"] {
            self.sample("terrarium_config_reloads_total", [("result", result)], "\(counts.reloads[result] ?? 0)")
        }
        self.family(
            "terrarium_log_lines_dropped_total",
            "counter",
            "Lines that could not be written to standard error or to the file of the audit log."
        )
        self.sample("terrarium_log_lines_dropped_total", [], "\(droppedLogLines)")
        if let limits { self.write(limits) }
        if let process { self.write(process) }
        if showsUsers { self.write(counts.users) }
    }

    mutating func family(_ name: String, _ type: String, _ help: String) {
        self.text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    mutating func sample(_ name: String, _ labels: [(String, String)], _ value: String) {
        let written = labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
        self.text += "\(name)\(written.isEmpty ? "" : "{\(written)}") \(value)\n"
    }

    private mutating func histogram(
        _ name: String,
        _ labels: [(String, String)],
        _ histogram: ServiceMetrics.Histogram
    ) {
        var total = 0
        for (index, count) in histogram.counts.enumerated() {
            total += count
            let bounds = ServiceMetrics.Histogram.bounds
            let bound = index < bounds.count ? "\(bounds[index])" : "+Inf"
            self.sample("\(name)_bucket", labels + [("le", bound)], "\(total)")
        }
        self.sample("\(name)_sum", labels, "\(histogram.sum)")
        self.sample("\(name)_count", labels, "\(total)")
    }

    /// Escapes a label value for the Prometheus text format.
    private static func escaped(_ value: String) -> String {
        var result = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
