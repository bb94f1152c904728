import CPython
public import Tasks

extension Interpreter {
    /// Runs or checks one task. Does not throw: every failure is a result.
    ///
    /// The process must not run a second task, because the first one may have changed any object of the interpreter.
    ///
    /// - Parameters:
    ///   - task: The task to run or check.
    ///   - outputLimit: The most bytes the encoded result may have.
    ///   - memoryLimit: The task's memory limit, for the messages of out-of-memory failures; nil when it has no
    ///     limit.
    ///   - sink: Receives the task's prints until this call returns, and in each-item mode its progress.
    ///   - phases: Receives the duration of each phase.
    /// - Returns: The items, the report of a check, or the failure.
    public func run(
        _ task: PythonTask,
        outputLimit: Int,
        memoryLimit: MemoryLimit?,
        sink: any TaskSink,
        phases: inout TaskPhases
    ) -> PythonTaskResult {
        // The objects are not freed: the process ends right after its task, and freeing them would only delay the
        // result.
        self.run(
            task,
            TaskRun.Options(outputLimit: outputLimit, memoryLimit: memoryLimit, givesObjectsBack: false),
            sink: sink,
            phases: &phases
        )
    }

    /// Runs ``rehearsal`` from decoding to encoding, so that the pages that every task touches are faulted in before the
    /// real task arrives. Leaves no state that a task could see.
    ///
    /// - Parameters:
    ///   - sink: Receives the rehearsal's prints.
    ///   - phases: Receives the duration of each phase.
    /// - Returns: The items or the failure, as for a real task.
    public func rehearse(sink: any TaskSink, phases: inout TaskPhases) -> PythonTaskResult {
        self.run(
            self.rehearsal,
            TaskRun.Options(outputLimit: 1 << 20, memoryLimit: nil, givesObjectsBack: true),
            sink: sink,
            phases: &phases
        )
    }

    private func run(
        _ task: PythonTask,
        _ options: TaskRun.Options,
        sink: any TaskSink,
        phases: inout TaskPhases
    ) -> PythonTaskResult {
        self.streams.connect(sink, console: task.dialect == .n8n ? self.encoder : nil)
        defer {
            self.streams.connect(nil)
            assert(unsafe PyErr_Occurred() == nil, "an exception was left pending")
        }
        do {
            var run = try TaskRun(task, options, interpreter: self, sink: sink)
            defer { phases = run.phases }
            switch task.purpose {
            case .check: return .checked(try run.check())
            case .run: return .items(try run.run())
            case .probe: preconditionFailure("a probe is the worker's own business, and has no Python in it")
            }
        } catch {
            return .failure(error)
        }
    }

    /// Chooses the rehearsal: the first of three tasks that the policy permits. They are ordered from the one that uses
    /// the most features to the one that uses the fewest.
    func chooseRehearsal() {
        let body = """
            total = 0
            for item in _items:
                total += item["json"]["n"]
            return [{"json": {"n": total, "name": f"{total:.2f}", "ok": True, "list": [1, 2.5, None]}}]
            """
        for head in ["import math\nprint(\"rehearsal\", 1)\n", "print(\"rehearsal\", 1)\n", ""] {
            self.rehearsal.code = ArraySlice((head + body).utf8)
            var phases = TaskPhases()
            if case .items = self.rehearse(sink: Nowhere(), phases: &phases) { return }
        }
    }

    private final class Nowhere: TaskSink {
        func log(_ stream: LogStream, _ text: UnsafeRawBufferPointer) {}
        func console(_ arguments: UnsafeRawBufferPointer) {}
        func progress(done: Int, total: Int) {}
    }
}
