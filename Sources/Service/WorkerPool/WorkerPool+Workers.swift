import Linux
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Tasks
import Wire

/// Starts workers, and passes on what their fork server and their connections report.
extension WorkerPool {
    /// Requests a worker and connects its socket.
    func fork(_ id: WorkerID, on server: ForkServerID) {
        do {
            let pair = try SocketPair.stream()
            guard let link = self.state.withLock({ $0.links[server] }) else { return self.workerGone(id) }
            let connection = WorkerConnection(
                id: id,
                // `any()` returns the current event loop, if there is one. A refill runs on the loop of the task that
                // took a worker, so each loop keeps workers of its own.
                eventLoop: self.eventLoopGroup.any(),
                limits: link.configuration.worker.limits,
                processors: CurrentProcess.processors,
                pool: self
            )
            self.state.withLock { state in
                state.connections[id] = connection
                state.processes.requested(id, on: server)
            }
            guard link.fork(id, socket: pair.theirs) else {
                // No exit will be reported for a worker that was never requested.
                self.state.withLock { $0.processes.ended(id) }
                return self.workerGone(id)
            }
            let descriptor = pair.ours.release()
            ClientBootstrap(group: connection.eventLoop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(connection)
                        // The last step: NIO registers the socket with epoll when this closure returns, and traps if
                        // that fails.
                        try EpollProbe.check(descriptor)
                    }
                }
                .withConnectedSocket(descriptor)
                .whenFailure { error in
                    if let error = error as? SystemError {
                        self.logFailure("no channel for a worker", error, \.channelFailures)
                    } else {
                        self.logger.error("no channel for a worker", metadata: ["error": "\(error)"])
                    }
                    self.signalWorker(id, .kill)
                    self.workerGone(id)
                }
        } catch {
            self.logFailure("no socket for a worker", error, \.socketFailures)
            self.workerGone(id)
        }
    }

    // MARK: From the fork server, on the thread of its link

    func workerForked(_ id: WorkerID, _ process: WorkerProcess) {
        self.state.withLock { state in
            state.forks += 1
            state.processes.started(id, process)
        }
    }

    func workerForkFailed(_ id: WorkerID, _ error: SystemError) {
        self.logFailure("a worker could not be forked", error, \.forkFailures)
        let connection = self.state.withLock { state in
            state.processes.ended(id)
            return state.connections[id]
        }
        // If only the process descriptor was lost, there is a process; it exits when its socket ends.
        connection?.close()
    }

    func workerExited(_ id: WorkerID, _ exit: WorkerExit) {
        let connection = self.state.withLock { state in
            state.workerCPU += exit.usage.cpu
            state.processes.ended(id)
            return state.connections[id]
        }
        connection?.processExited(exit)
    }

    // MARK: From its connection, on its event loop

    func workerReady(_ id: WorkerID) {
        self.perform { $0.machine.workerReady(id) }
    }

    /// The worker ended, or is being killed, and never had a task.
    func workerGone(_ id: WorkerID) {
        self.perform { state in
            state.connections[id] = nil
            return state.machine.workerGone(id, at: .now)
        }
    }

    func workerFinished(_ id: WorkerID) {
        self.perform { state in
            state.connections[id] = nil
            return state.machine.workerFinished(id)
        }
    }

    /// The task of a worker imported modules that its fork server had not loaded.
    func workerImported(_ modules: [String]) {
        self.state.withLock { $0.machine.imported(modules) }
    }

    func workerLostTask(_ id: WorkerID, _ failure: TaskFailure) {
        self.perform { state in
            state.connections[id] = nil
            return state.machine.workerLostTask(id, failure)
        }
    }

    func signalWorker(_ id: WorkerID, _ signal: WorkerProcess.EndSignal) {
        self.state.withLock { $0.processes.signal(id, signal) }
    }
}
