import JSONBytes
import Tasks

/// Encodes the service's state as the JSON of the API.
enum StatusEncoding {
    /// The response of `/v1/tasks`.
    static func tasks(_ tasks: [TaskSummary]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("tasks")
        writer.beginArray()
        for task in tasks {
            writer.beginObject()
            writer.key("id")
            writer.string(task.id.description)
            writer.key("label")
            if let label = task.label { writer.string(label) } else { writer.null() }
            writer.key("state")
            writer.string(task.state.rawValue)
            writer.key("mode")
            writer.string(task.mode.name)
            writer.key("peer_uid")
            writer.integer(task.peer.uid)
            writer.key("age_ms")
            writer.milliseconds(task.age)
            if let resources = task.resources {
                writer.key("cpu_ms")
                writer.milliseconds(resources.cpu)
                writer.key("rss_bytes")
                writer.integer(resources.residentBytes)
            }
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        writer.endLine()
        return writer.bytes
    }

    /// The response to a cancellation.
    static func cancelled(_ id: TaskID) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("id")
        writer.string(id.description)
        writer.endObject()
        writer.endLine()
        return writer.bytes
    }

    /// The response of `/v1/reload`.
    static func reloaded(_ report: ReloadReport) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        for (key, names) in [
            ("changed", report.changed), ("waiting_for_restart", report.pending),
            ("overridden_by_environment", report.overriding),
        ] {
            writer.key(key)
            writer.beginArray()
            for name in names { writer.string(name) }
            writer.endArray()
        }
        writer.key("policy_revision")
        writer.string(report.policyRevision)
        writer.endObject()
        writer.endLine()
        return writer.bytes
    }

    /// The response of `/v1/settings`.
    static func settings(_ settings: [SettingInForce]) -> [UInt8] {
        var writer = JSONWriter(reserving: 8192)
        writer.beginObject()
        writer.key("settings")
        writer.beginArray()
        for setting in settings {
            writer.beginObject()
            writer.key("setting")
            writer.string(setting.variable)
            writer.key("value")
            writer.string(setting.value)
            writer.key("from")
            writer.string(setting.origin)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        writer.endLine()
        return writer.bytes
    }

    /// The response of `/healthz` and `/readyz`.
    static func state(_ name: String) -> [UInt8] {
        var writer = JSONWriter(reserving: 32)
        writer.beginObject()
        writer.key("status")
        writer.string(name)
        writer.endObject()
        writer.endLine()
        return writer.bytes
    }

    /// The response of `/v1/info`.
    static func info(_ info: ServiceInfo) -> [UInt8] {
        var writer = JSONWriter(reserving: 4096)
        writer.beginObject()
        writer.key("version")
        writer.string(info.version)
        writer.key("python_version")
        if let version = info.pool.pythonVersion { writer.string(version) } else { writer.null() }
        writer.key("policy")
        self.write(info.policy, revision: info.policyRevision, into: &writer)
        writer.key("limits")
        self.writeLimits(of: info, into: &writer)
        writer.key("sandbox")
        self.writeSandbox(of: info, into: &writer)
        writer.key("pool")
        self.write(info.pool, into: &writer)
        writer.key("load")
        self.write(info.load, into: &writer)
        writer.endObject()
        writer.endLine()
        return writer.bytes
    }

    private static func write(_ policy: TaskPolicy, revision: String, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("revision")
        writer.string(revision)
        for (key, names) in [
            ("stdlib_allow", policy.standardLibraryAllow),
            ("external_allow", policy.externalAllow),
            ("builtins_deny", policy.builtinsDeny),
        ] {
            writer.key(key)
            writer.beginArray()
            for name in names { writer.string(name) }
            writer.endArray()
        }
        writer.endObject()
    }

    private static func writeLimits(of info: ServiceInfo, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("max_concurrency")
        writer.integer(info.maximumConcurrency)
        writer.key("max_concurrency_per_user")
        writer.integer(info.maximumConcurrencyPerUser)
        if let rate = info.ratePerUser {
            writer.key("rate_per_user")
            writer.integer(rate)
        }
        writer.key("queue_limit")
        writer.integer(info.queueLimit)
        writer.key("max_payload_bytes")
        writer.integer(info.maximumPayload)
        writer.key("task_timeout_ms")
        writer.milliseconds(info.taskTimeout)
        writer.key("memory_bytes")
        writer.integer(info.limits.memory)
        writer.key("cpu_ms")
        writer.milliseconds(info.limits.cpu)
        writer.key("output_bytes")
        writer.integer(info.limits.output)
        writer.key("log_bytes")
        writer.integer(info.limits.log)
        writer.key("nesting")
        writer.integer(TaskLimits.maximumNesting)
        writer.endObject()
    }

    private static func writeSandbox(of info: ServiceInfo, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("mode")
        writer.string(info.sandbox.name)
        writer.key("layers")
        writer.beginArray()
        for layer in info.pool.layers {
            writer.beginObject()
            writer.key("name")
            writer.string(layer.name)
            writer.key("active")
            writer.boolean(layer.isActive)
            writer.key("detail")
            writer.string(layer.detail)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }

    private static func write(_ load: ServiceLoad, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("ready")
        writer.boolean(load.isReady)
        writer.key("uptime_ms")
        writer.milliseconds(load.uptime)
        writer.key("running")
        writer.integer(load.running)
        writer.key("waiting")
        writer.integer(load.waiting)
        writer.key("n8n")
        if let broker = load.taskBroker {
            writer.beginObject()
            writer.key("connected")
            writer.boolean(broker.isConnected)
            writer.key("registered")
            writer.boolean(broker.isRegistered)
            writer.key("tasks")
            writer.integer(broker.tasks)
            writer.endObject()
        } else {
            writer.null()
        }
        writer.endObject()
    }

    private static func write(_ pool: PoolStatus, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("ready")
        writer.boolean(pool.isReady)
        for (key, count) in [
            ("warm_workers", pool.warmWorkers),
            ("starting_workers", pool.startingWorkers),
            ("running_workers", pool.runningWorkers),
            ("fork_servers", pool.forkServers),
        ] {
            writer.key(key)
            writer.integer(count)
        }
        writer.endObject()
    }
}
