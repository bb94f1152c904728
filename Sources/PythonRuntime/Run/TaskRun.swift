import CPython
import Tasks

/// One task's way through the interpreter.
@safe
struct TaskRun {
    private let job: PythonJob
    private let interpreter: Interpreter
    private let rules: any TaskRules
    private let sink: any TaskSink
    private let output: OutputBuffer
    private let givesObjectsBack: Bool
    private let clock = ContinuousClock()
    private var watch: PhaseWatch

    init(
        _ job: PythonJob,
        interpreter: Interpreter,
        sink: any TaskSink,
        givesObjectsBack: Bool
    ) throws(TaskFailure) {
        guard let rules = interpreter.rules else {
            preconditionFailure("a task before there is a policy")
        }
        self.job = job
        self.interpreter = interpreter
        self.rules = rules
        self.sink = sink
        self.givesObjectsBack = givesObjectsBack
        self.output = OutputBuffer(limit: job.outputLimit)
        self.watch = PhaseWatch(at: self.clock.now)
        MemoryReserve.fill()
    }

    /// Where the time went until now.
    var phases: TaskPhases { self.watch.total(at: self.clock.now) }

    private var parameter: StaticString {
        switch self.job.mode {
        case .allItems: "_items"
        case .eachItem: "_item"
        }
    }

    // MARK: - Check

    /// Compiles the code and holds it against the policy.
    mutating func check() throws(TaskFailure) -> CheckReport {
        self.watch.enter(.run, at: self.clock.now)
        let task = try self.compile()
        do {
            let violations = try self.rules.violations(in: task)
            let hints = try self.rules.advice(on: task, mode: self.job.mode)
            return CheckReport(violations: violations.listed, hints: hints + (violations.hint.map { [$0] } ?? []))
        } catch {
            throw self.failure(for: error, in: task)
        }
    }

    // MARK: - Run

    /// Runs the code and answers its items.
    mutating func run() throws(TaskFailure) -> OutputBuffer {
        let items = try self.decodeItems()
        self.watch.enter(.run, at: self.clock.now)
        let count = unsafe CPython_List_GET_SIZE(items.pointer)
        if self.hasOwnBrackets { self.output.append(0x5B) }
        do throws(TaskFailure) {
            let task = try self.prepare()
            switch self.job.mode {
            case .allItems: try self.runOnce(task, items, count)
            case .eachItem: try self.runForEach(task, items, count)
            }
        } catch {
            try self.recover(from: error, count: count)
        }
        if self.hasOwnBrackets { self.output.append(0x5D) }
        if !self.givesObjectsBack { unsafe _ = items.release() }
        if let failure = self.bufferFailure() { throw failure }
        return self.output
    }

    /// Whether the result is written element by element, rather than as the one value the code returned.
    private var hasOwnBrackets: Bool {
        switch (self.job.dialect, self.job.mode) {
        case (.native, _), (.n8n, .eachItem): true
        case (.n8n, .allItems): false
        }
    }

    /// Compiles, and refuses what the policy refuses.
    private mutating func prepare() throws(TaskFailure) -> CompiledTask {
        let task = try self.compile()
        let violations: Violations
        do {
            violations = try self.rules.violations(in: task)
        } catch {
            throw self.failure(for: error, in: task)
        }
        guard let first = violations.listed.first else { return task }
        throw TaskFailure(
            .policyViolation,
            message: first.message + violations.others,
            line: first.line,
            column: first.column,
            sourceLine: task.source.line(first.line),
            hint: first.hint,
            violations: violations.listed
        )
    }

    private func compile() throws(TaskFailure) -> CompiledTask {
        let code = self.job.code
        // Carried out of the closure by hand: a compiled task cannot be copied, as the closure's result would be.
        var compiled: CompiledTask?
        var failure: TaskFailure?
        unsafe code.withUnsafeBytes { bytes in
            do throws(TaskFailure) {
                compiled = unsafe try self.interpreter.compiler.compile(bytes, parameter: self.parameter)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        guard let task = compiled.take() else { preconditionFailure("neither compiled nor failed") }
        return task
    }

    private func decodeItems() throws(TaskFailure) -> PythonReference {
        var decoded: PythonReference?
        var failure: DecodingError?
        self.interpreter.garbageCollector.suspended {
            unsafe self.job.items.withUnsafeBytes { bytes in
                do throws(DecodingError) {
                    decoded = unsafe try self.interpreter.decoder.decode(bytes)
                } catch {
                    failure = error
                }
            }
        }
        switch failure {
        case .malformed(let offset):
            throw TaskFailure(
                .pythonError,
                message: "ValueError: the items are no JSON array of objects (byte \(offset))"
            )
        case .exception(let exception):
            guard unsafe exception.matches(CPython_Exc_MemoryError()) else {
                throw TaskFailure(.pythonError, message: ExceptionText.summary(of: exception))
            }
            throw self.outOfMemory("MemoryError: the items do not fit into the task's memory")
        case nil:
            break
        }
        guard let items = decoded.take() else { preconditionFailure("neither decoded nor failed") }
        // Out of the collector's sight: the task's own garbage is all it has to look at.
        try? self.interpreter.garbageCollector.freeze()
        return items
    }

    private mutating func runOnce(
        _ task: borrowing CompiledTask,
        _ items: borrowing PythonReference,
        _ count: Int
    ) throws(TaskFailure) {
        let function = try self.makeFunction(task)
        let result = try self.call(function, task, items)
        self.watch.enter(.encode, at: self.clock.now)
        do {
            switch self.job.dialect {
            case .native:
                unsafe try self.interpreter.encoder.writeItems(result.pointer, inputCount: count, to: self.output)
            case .n8n:
                unsafe try self.interpreter.encoder.writeValue(result.pointer, to: self.output)
            }
        } catch {
            throw self.failure(for: error)
        }
        if !self.givesObjectsBack { unsafe _ = result.release() }
    }

    private mutating func runForEach(
        _ task: borrowing CompiledTask,
        _ items: borrowing PythonReference,
        _ count: Int
    ) throws(TaskFailure) {
        let function = try self.makeFunction(task)
        var progress = ProgressPace(total: count, at: self.clock.now)
        var isFirst = true
        for index in 0..<count {
            let mark = self.output.count
            if !isFirst { self.output.append(0x2C) }
            do throws(TaskFailure) {
                if try self.runItem(function, task, items, index) {
                    isFirst = false
                } else {
                    self.output.rollBack(to: mark)
                }
            } catch {
                guard self.job.continueOnFail, self.job.dialect == .native else {
                    var failure = error
                    failure.itemIndex = index
                    throw failure
                }
                self.output.rollBack(to: mark)
                if !isFirst { self.output.append(0x2C) }
                self.interpreter.encoder.writeError(error.message, pairedWith: index, to: self.output)
                isFirst = false
            }
            let now = self.clock.now
            self.watch.enter(.run, at: now)
            if progress.shouldTell(done: index + 1, at: now) { self.sink.progress(done: index + 1, total: count) }
        }
    }

    private mutating func runItem(
        _ function: borrowing PythonReference,
        _ task: borrowing CompiledTask,
        _ items: borrowing PythonReference,
        _ index: Int
    ) throws(TaskFailure) -> Bool {
        let item = unsafe PythonReference(borrowing: CPython_List_GET_ITEM(items.pointer, index))
        let result = try self.call(function, task, item)
        self.watch.enter(.encode, at: self.clock.now)
        do {
            switch self.job.dialect {
            case .native:
                return unsafe try self.interpreter.encoder.writeEachItem(
                    result.pointer,
                    index: index,
                    to: self.output
                )
            case .n8n:
                return unsafe try self.interpreter.encoder.writeEachValue(
                    result.pointer,
                    index: index,
                    to: self.output
                )
            }
        } catch {
            throw self.failure(for: error)
        }
    }

    /// With `continueOnFail`, an item that tells of the failure takes the place of what there would have been.
    private mutating func recover(from failure: TaskFailure, count: Int) throws(TaskFailure) {
        guard self.job.continueOnFail else { throw failure }
        if self.job.dialect == .n8n {
            // One item for the whole task, whatever the mode.
            self.output.rollBack(to: 0)
            self.output.append(0x5B)
            self.interpreter.encoder.writeError(failure.message, pairedWith: nil, to: self.output)
            if !self.hasOwnBrackets { self.output.append(0x5D) }
            return
        }
        self.output.rollBack(to: 1)
        switch self.job.mode {
        case .allItems:
            self.interpreter.encoder.writeError(failure.message, pairedWith: count == 1 ? 0 : nil, to: self.output)
        case .eachItem:
            // Refused before any item was begun: each of them fails alike.
            for index in 0..<count {
                if index > 0 { self.output.append(0x2C) }
                self.interpreter.encoder.writeError(failure.message, pairedWith: index, to: self.output)
            }
        }
    }
}

// MARK: - Calls and failures

extension TaskRun {
    /// Makes the task's body callable, in globals of its own that are those of `__main__`.
    private func makeFunction(_ task: borrowing CompiledTask) throws(TaskFailure) -> PythonReference {
        do {
            let module = unsafe try PythonReference(checking: PyModule_New("__main__"))
            let globals = unsafe try PythonReference(checkingBorrowed: PyModule_GetDict(module.pointer))
            for name: StaticString in ["__doc__", "__loader__", "__package__", "__spec__"] {
                unsafe try checking(PyDict_DelItemString(globals.pointer, name.cString))
            }
            unsafe try checking(PyDict_SetItemString(globals.pointer, "__builtins__", self.rules.builtins))
            if let query = try self.decodeQuery() {
                try globals.setEntry("_query", query)
            }
            // Where `typing` and `pickle` look for what the task defines.
            unsafe try checking(PyDict_SetItemString(PyImport_GetModuleDict(), "__main__", module.pointer))
            return unsafe try PythonReference(checking: PyFunction_New(task.code.pointer, globals.pointer))
        } catch {
            throw self.failure(for: error, in: task)
        }
    }

    /// The value of `_query`, which exists only when the task has one.
    private func decodeQuery() throws(PythonException) -> PythonReference? {
        guard let query = self.job.query else { return nil }
        var decoded: PythonReference?
        var failure: DecodingError?
        unsafe query.withUnsafeBytes { bytes in
            do throws(DecodingError) {
                decoded = unsafe try self.interpreter.decoder.decodeValue(bytes)
            } catch {
                failure = error
            }
        }
        switch failure {
        case .malformed(let offset):
            throw unsafe PythonException.make(CPython_Exc_ValueError(), "_query is no JSON (byte \(offset))")
        case .exception(let exception):
            throw exception
        case nil:
            return decoded.take()
        }
    }

    private mutating func call(
        _ function: borrowing PythonReference,
        _ task: borrowing CompiledTask,
        _ argument: borrowing PythonReference
    ) throws(TaskFailure) -> PythonReference {
        do {
            if task.parameterIsGlobal {
                let globals = unsafe try PythonReference(checkingBorrowed: PyFunction_GetGlobals(function.pointer))
                try globals.setEntry(self.parameter, argument)
                return try function.call()
            }
            return try function.call(argument)
        } catch {
            // Whatever it was, from here on there is only the answer to be made.
            MemoryReserve.open()
            throw self.failure(for: error, in: task)
        }
    }

    private func failure(for exception: PythonException, in task: borrowing CompiledTask) -> TaskFailure {
        FailureReporter.failure(
            for: exception,
            in: task,
            hint: self.rules.hint(for: exception, mode: self.job.mode)
                ?? (unsafe FailureReporter.hint(forShadowed: exception, builtins: self.rules.builtins)),
            memoryLimit: self.job.memoryLimit
        )
    }

    private func failure(for error: EncodingFailure) -> TaskFailure {
        if error.isBufferFull, let failure = self.bufferFailure() { return failure }
        return TaskFailure(.invalidResult, message: error.message, hint: error.hint)
    }

    private func bufferFailure() -> TaskFailure? {
        switch self.output.state {
        case .complete:
            nil
        case .limitReached:
            TaskFailure(
                .outputExceeded,
                message: "the result is larger than \(self.job.outputLimit) bytes",
                hint: "Return less, or raise TERRARIUM_OUTPUT_LIMIT."
            )
        case .outOfMemory:
            self.outOfMemory("MemoryError: no memory to write the result")
        }
    }

    private func outOfMemory(_ event: String) -> TaskFailure {
        TaskFailure(.memoryExceeded, message: MemoryProbe.verdict(limit: self.job.memoryLimit, event))
    }
}
