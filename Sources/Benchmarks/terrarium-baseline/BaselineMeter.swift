import Baselines
import Linux
import PythonRuntime
import Tasks
import Wire
import Worker

/// Measures the baselines with children of a fork server, one request at a time. The fork server's only other child is the
/// process that makes temporary folders, if there is one. That process does not end before the fork server, so every child
/// that ends was forked here.
enum BaselineMeter {
    /// The number of rounds that run first and are not counted.
    private static let warmUp = 10

    /// Answers requests until the control socket is closed.
    ///
    /// - Throws: `SystemError` if forking or the socket fails, `WireError` if a message is not a request.
    static func serve(_ server: borrowing ForkServer) throws {
        while let message = try DescriptorPassing.receive(from: server.control, maximum: BaselineReport.maximumSize) {
            let request = try BaselineRequest(decoding: message.bytes)
            let report = try self.measure(server, rounds: Int(request.rounds))
            try DescriptorPassing.send(report.encoded, descriptor: nil, over: server.control)
        }
    }

    /// Measures each baseline `rounds` times.
    private static func measure(_ server: borrowing ForkServer, rounds: Int) throws -> BaselineReport {
        let frame = TaskFrame.bytes(
            for: PythonTask(
                code: Array("return _items".utf8)[...],
                items: TaskItems(Array(#"[{"json":{"n":1}}]"#.utf8)[...])
            )
        )
        let task = try TaskFrame.task(frame)
        let bare = try self.median(server, of: rounds) { _ in CurrentProcess.exitNow(0) }
        let confined = try self.median(server, of: rounds) { try self.runWorker($0, task) }
        let paired = try self.mean(server, of: rounds, outstanding: 2) { try self.runWorker($0, task) }
        return BaselineReport(bareFork: bare, confinedTask: confined, pairedTask: paired)
    }

    /// Runs in a forked child: does everything that a worker does except waiting for its task. The rehearsal is left out,
    /// because it makes the task shorter, but the time from fork to exit longer.
    private static func runWorker(_ server: borrowing ForkServer, _ task: PythonTask) throws -> Never {
        try server.makeWorker(socket: WorkerTask.nullDevice, rehearsal: nil).perform(alone: task)
    }

    private static func median(
        _ server: borrowing ForkServer,
        of rounds: Int,
        _ life: (borrowing ForkServer) throws -> Never
    ) throws -> Duration {
        var times: [Duration] = []
        for round in 0..<rounds + self.warmUp {
            let start = ContinuousClock.now
            let child = try self.forkChild(server, life)
            while try self.reap() != child {}
            if round >= self.warmUp { times.append(.now - start) }
        }
        return times.sorted()[times.count / 2]
    }

    private static func mean(
        _ server: borrowing ForkServer,
        of rounds: Int,
        outstanding: Int,
        _ life: (borrowing ForkServer) throws -> Never
    ) throws -> Duration {
        var children: Set<Int32> = []
        let start = ContinuousClock.now
        for _ in 0..<rounds {
            while children.count >= outstanding {
                children.remove(try self.reap())
            }
            children.insert(try self.forkChild(server, life))
        }
        while !children.isEmpty {
            children.remove(try self.reap())
        }
        return (.now - start) / rounds
    }

    private static func forkChild(
        _ server: borrowing ForkServer,
        _ life: (borrowing ForkServer) throws -> Never
    ) throws -> Int32 {
        server.interpreter.prepareFork()
        // The deferred call runs only in the parent, also if the fork failed; the child never returns from this
        // function.
        defer { server.interpreter.resumeParentAfterFork() }
        switch try ChildProcesses.fork() {
        case .child:
            do {
                try life(server)
            } catch {
                CurrentProcess.exitNow(BaselineError.childStatus)
            }
        case .parent(let pid):
            return pid
        }
    }

    /// Waits for any child.
    ///
    /// - Throws: ``BaselineError`` if the child failed, because its time is then not a valid baseline.
    private static func reap() throws -> Int32 {
        guard let ended = try ChildProcesses.reap(blocking: true) else { throw BaselineError.noChild }
        guard ended.status == .exited(0) else { throw BaselineError.childFailed("\(ended.status)") }
        return ended.pid
    }
}
