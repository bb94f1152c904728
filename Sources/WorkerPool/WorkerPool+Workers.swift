import Synchronization
import Tasks

extension WorkerPool: WorkerConnection.Delegate {
    func workerReady(_ id: WorkerID) {
        self.perform { $0.machine.workerReady(id) }
    }

    func workerGone(_ id: WorkerID) {
        self.forget(id)
    }

    func workerFinished(_ id: WorkerID) {
        self.perform { state in
            state.connections[id] = nil
            return state.machine.workerFinished(id)
        }
    }

    func workerLostTask(_ id: WorkerID, _ failure: TaskFailure) {
        self.perform { state in
            state.connections[id] = nil
            return state.machine.workerLostTask(id, failure)
        }
    }

    func signalWorker(_ id: WorkerID, _ signal: WorkerConnection.WorkerSignal) {
        self.state.withLock { $0.processes.signal(id, signal) }
    }
}
