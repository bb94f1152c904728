import Linux
import Logging
import Sandbox
import Synchronization
import Tasks
import Wire

extension WorkerPool: ForkServerLink.Delegate {
    func forkServerReady(_ id: ForkServerID, _ report: ForkServerReport) {
        var report = report
        if case .failure(let absence) = self.division { report.explain(absence) }
        for warning in report.warnings {
            self.logger.warning("fork server", metadata: ["reason": "\(warning)"])
        }
        let active = report.layers.filter(\.isActive).map(\.name)
        let inactive = report.layers.filter { !$0.isActive }.map { "\($0.name): \($0.detail)" }
        self.logger.info(
            "fork server serves",
            metadata: [
                "server": "\(id)", "python": "\(report.pythonVersion)",
                "layers": "\(active.joined(separator: ","))", "inactive": "\(inactive.joined(separator: "; "))",
            ]
        )
        let isFirst = self.state.withLock { state in
            state.report = report
            guard state.machine.isStarting, !state.isProving else { return false }
            state.isProving = true
            return true
        }
        self.perform { $0.machine.serverReady(id) }
        if isFirst {
            self.proveReadiness()
        }
    }

    /// Runs a made-up task the way every task runs.
    private func proveReadiness() {
        var generator = SystemRandomNumberGenerator()
        let assignment = TaskAssignment(
            id: TaskID(using: &generator),
            request: TaskRequest(code: Array("return _items".utf8)[...]),
            timeout: .seconds(10)
        )
        self.execute(
            assignment,
            observer: OutcomeWaiter { outcome in
                switch outcome.result {
                case .items, .checked: self.resolveStart(nil)
                case .failure(let failure):
                    self.resolveStart(.worker("the made-up task that proves readiness failed: \(failure.message)"))
                    self.perform { $0.machine.stopRequested() }
                }
            }
        )
    }

    func forkServerGroupFailed(_ id: ForkServerID, _ error: SystemError) {
        self.logger.warning("control group", metadata: ["server": "\(id)", "reason": "\(error)"])
    }

    func workerForked(_ id: WorkerID, _ process: WorkerProcess) {
        self.state.withLock { state in
            state.forks += 1
            state.processes.started(id, process)
        }
    }

    func workerForkFailed(_ id: WorkerID, errno: Int32) {
        // The worker's end of its socket is closed: the channel's end says the rest.
        self.logger.error("a worker could not be forked", metadata: ["worker": "\(id)", "errno": "\(errno)"])
        self.state.withLock { $0.processes.ended(id) }
    }

    func workerExited(_ id: WorkerID, _ exit: WorkerExit) {
        let connection = self.state.withLock { state in
            state.processes.ended(id)
            return state.connections[id]
        }
        connection?.processExited(exit)
    }

    func floorsMeasured(_ id: ForkServerID, _ floors: FloorReport) {
        for waiter in self.takeFloorWaiters(id) {
            waiter.resume(returning: floors)
        }
    }

    func takeFloorWaiters(_ id: ForkServerID) -> [CheckedContinuation<FloorReport, any Error>] {
        self.state.withLock { $0.floorWaiters.removeValue(forKey: id) ?? [] }
    }

    func forkServerEnded(_ id: ForkServerID, _ reason: ForkServerLink.EndReason) {
        for waiter in self.takeFloorWaiters(id) {
            waiter.resume(throwing: reason.error)
        }
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
    /// A fork server sees that no group limits it; why none was made for it, only its parent knows.
    fileprivate mutating func explain(_ absence: CgroupAbsence) {
        for index in self.layers.indices
        where self.layers[index].name == Cgroup.layerName && !self.layers[index].isActive {
            self.layers[index].detail = "\(absence)"
        }
    }
}
