import Linux
import Logging
import NIOCore
import Sandbox
import Synchronization
import Tasks
import Wire

/// Starts fork servers, each with a thread of its own, and passes on what they report.
extension WorkerPool {
    func startServer(
        _ id: ForkServerID,
        _ configuration: WorkerPoolConfiguration,
        within limit: Duration
    ) {
        let link = ForkServerLink(id: id, configuration: configuration)
        self.state.withLock { state in
            state.links[id] = link
            state.forkServerStarts += 1
        }
        do {
            try DedicatedThread.start {
                let reason = link.run(in: try? self.division.get()) { self.forkServer(id, reported: $0) }
                self.forkServerEnded(id, reason)
            }
        } catch {
            // Reported from an event loop, because this thread is still carrying out actions of the machine.
            self.eventLoopGroup.any().execute { self.forkServerEnded(id, .shortage(error)) }
        }
        self.schedule(in: limit) { $0.machine.serverOverdue(id) }
    }

    private func forkServer(_ id: ForkServerID, reported event: ForkServerLink.Event) {
        switch event {
        case .ready(let report): self.forkServerReady(id, report)
        case .groupFailed(let error):
            self.logger.warning("control group", metadata: ["server": "\(id)", "reason": "\(error)"])
        case .workerForked(let worker, let process): self.workerForked(worker, process)
        case .workerForkFailed(let worker, let error): self.workerForkFailed(worker, error)
        case .workerExited(let worker, let exit): self.workerExited(worker, exit)
        }
    }

    private func forkServerReady(_ id: ForkServerID, _ report: ForkServerReport) {
        var report = report
        if case .failure(let absence) = self.division { report.explain(absence) }
        for warning in report.warnings {
            self.logger.warning("fork server", metadata: ["reason": "\(warning)"])
        }
        let active = report.layers.filter(\.isActive).map(\.name)
        let inactive = report.layers.filter { !$0.isActive }.map { "\($0.name): \($0.detail)" }
        var metadata: Logger.Metadata = [
            "server": "\(id)", "python": "\(report.pythonVersion)",
            "layers": "\(active.joined(separator: ","))", "inactive": "\(inactive.joined(separator: "; "))",
        ]
        let learned = self.state.withLock { $0.links[id]?.configuration.worker.learnedModules } ?? []
        if !learned.isEmpty { metadata["learned"] = "\(learned.joined(separator: ","))" }
        self.logger.info("fork server serves", metadata: metadata)
        self.perform { state in
            state.report = report
            return state.machine.serverReady(id)
        }
        self.runReadinessTaskIfAwaited()
    }

    private func forkServerEnded(_ id: ForkServerID, _ reason: ForkServerLink.EndReason) {
        self.state.withLock { state in
            state.links[id] = nil
            state.processes.serverEnded(id)
        }
        let level: Logger.Level = if case .stopped = reason { .info } else { .error }
        self.logger.log(level: level, "fork server ended", metadata: ["server": "\(id)", "reason": "\(reason.error)"])
        self.perform { $0.machine.serverEnded(id, reason.error) }
    }
}

extension ForkServerReport {
    /// Adds the reason why there is no control group, which only the broker knows.
    fileprivate mutating func explain(_ absence: CgroupAbsence) {
        for index in self.layers.indices
        where self.layers[index].name == Cgroup.layerName && !self.layers[index].isActive {
            self.layers[index].detail = "\(absence)"
        }
    }
}
