import CPython
public import Tasks

extension Interpreter {
    /// Runs or checks one task, and answers what became of it. Never throws: whatever happens is an outcome.
    ///
    /// The process is not fit for a second task afterwards: it has seen this one.
    ///
    /// - Parameters:
    ///   - job: The task.
    ///   - sink: Gets what the task prints, from this call on until it returns, and in each-item mode the progress.
    ///   - phases: Is told where the time went.
    /// - Returns: The items, the report of a check, or the failure.
    public func run(_ job: PythonJob, sink: any TaskSink, phases: inout TaskPhases) -> PythonJobResult {
        // The process ends right after its task: giving items and result back one by one would only delay the answer.
        self.run(job, sink: sink, givesObjectsBack: false, phases: &phases)
    }

    /// Runs ``rehearsal`` through everything a real task touches, so that its pages are there when the real one comes.
    /// Leaves nothing behind that a task could see.
    ///
    /// - Parameters:
    ///   - sink: Gets what it prints.
    ///   - phases: Is told where the time went.
    /// - Returns: As for a real task.
    public func rehearse(sink: any TaskSink, phases: inout TaskPhases) -> PythonJobResult {
        self.run(self.rehearsal, sink: sink, givesObjectsBack: true, phases: &phases)
    }

    private func run(
        _ job: PythonJob,
        sink: any TaskSink,
        givesObjectsBack: Bool,
        phases: inout TaskPhases
    ) -> PythonJobResult {
        self.streams.connect(sink, console: job.dialect == .n8n ? self.encoder : nil)
        defer {
            self.streams.connect(nil)
            assert(unsafe PyErr_Occurred() == nil, "an exception was left pending")
        }
        do {
            var run = try TaskRun(job, interpreter: self, sink: sink, givesObjectsBack: givesObjectsBack)
            defer { phases = run.phases }
            switch job.purpose {
            case .check: return .checked(try run.check())
            case .run: return .items(try run.run())
            case .probe: preconditionFailure("a probe is the worker's own business, and has no Python in it")
            }
        } catch {
            return .failure(error)
        }
    }

    /// Finds the fullest made-up task that the policy allows, by running them.
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
