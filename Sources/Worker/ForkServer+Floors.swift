import Linux
import PythonRuntime
import Sandbox
import Tasks
import Wire

/// What a worker's life costs without the broker: measured here, because only here are the same interpreter, the same
/// preload and the same layers to be had.
extension ForkServer {
    /// Rounds that are run first and not counted.
    private static let warmUp = 10

    /// Measures the floors, `rounds` times each. Takes as long as that many workers take.
    ///
    /// - Throws: `SystemError` when forking fails.
    mutating func measureFloors(rounds: Int) throws -> FloorReport {
        let task = try Self.smallestTask()
        let bare = try self.median(of: rounds) { _ in CurrentProcess.exitNow(0) }
        let confined = try self.median(of: rounds) { try $0.liveWorkerLife(task) }
        let paired = try self.mean(of: rounds, outstanding: 2) { try $0.liveWorkerLife(task) }
        return FloorReport(bareFork: bare, confinedTask: confined, pairedTask: paired)
    }

    private static func smallestTask() throws(WireError) -> TaskFrame {
        let request = TaskRequest(
            code: Array("return _items".utf8)[...],
            items: Array(#"[{"json":{"n":1}}]"#.utf8)[...]
        )
        return try TaskFrame(bytes: TaskFrame.bytes(for: request))
    }

    /// In a child: all that a worker does but for waiting, with nobody at the other end and without a rehearsal, which is
    /// there to make the task itself faster and not the whole.
    private func liveWorkerLife(_ task: TaskFrame) throws -> Never {
        try self.makeWorker(socket: WorkerTask.nobody, rehearsal: nil).perform(alone: task)
    }

    private mutating func median(
        of rounds: Int,
        _ life: (borrowing ForkServer) throws -> Never
    ) throws -> Duration {
        var times: [Duration] = []
        for round in 0..<rounds + Self.warmUp {
            let start = ContinuousClock.now
            let child = try self.forkChild(life)
            while try self.reapOne() != child {}
            if round >= Self.warmUp { times.append(.now - start) }
        }
        return times.sorted()[times.count / 2]
    }

    private mutating func mean(
        of rounds: Int,
        outstanding: Int,
        _ life: (borrowing ForkServer) throws -> Never
    ) throws -> Duration {
        var children: Set<Int32> = []
        let start = ContinuousClock.now
        for _ in 0..<rounds {
            while children.count >= outstanding {
                if let ended = try self.reapOne() { children.remove(ended) }
            }
            children.insert(try self.forkChild(life))
        }
        while !children.isEmpty {
            if let ended = try self.reapOne() { children.remove(ended) }
        }
        return (.now - start) / rounds
    }

    private func forkChild(_ life: (borrowing ForkServer) throws -> Never) throws -> Int32 {
        self.interpreter.prepareFork()
        switch try ChildProcesses.fork() {
        case .child:
            do {
                try life(self)
            } catch {
                CurrentProcess.exitNow(WorkerExitStatus.notConfined)
            }
        case .parent(let pid):
            self.interpreter.resumeParentAfterFork()
            return pid
        }
    }

    /// Waits for any child. One that is the broker's worker is reported as ever.
    private mutating func reapOne() throws -> Int32? {
        guard let ended = try ChildProcesses.reap(blocking: true) else { return nil }
        try self.report(ended)
        return ended.pid
    }
}
