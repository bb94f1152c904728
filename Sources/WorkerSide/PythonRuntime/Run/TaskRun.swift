import CPython
import Tasks

/// Runs or checks one task: decodes its items, compiles its code, checks the code against the policy, calls it, and
/// encodes the result. `Interpreter` makes one value for each task.
@safe
struct TaskRun {
    /// The settings of a run that are not part of its task.
    struct Options {
        /// The most bytes the encoded result may have.
        var outputLimit: Int
        /// The task's memory limit; nil when it has no limit.
        var memoryLimit: MemoryLimit?
        /// Whether the process will run another task, so that objects must be released.
        var givesObjectsBack: Bool
    }

    let job: PythonTask
    let options: Options
    let interpreter: Interpreter
    let policy: any InstalledPolicy
    private let sink: any TaskSink
    let output: OutputBuffer
    private let clock = ContinuousClock()
    private var timer: PhaseTimer

    init(
        _ job: PythonTask,
        _ options: Options,
        interpreter: Interpreter,
        sink: any TaskSink
    ) throws(TaskFailure) {
        guard let policy = interpreter.policy else {
            preconditionFailure("a task before there is a policy")
        }
        self.job = job
        self.options = options
        self.interpreter = interpreter
        self.policy = policy
        self.sink = sink
        self.output = OutputBuffer(limit: options.outputLimit)
        self.timer = PhaseTimer(at: self.clock.now)
        MemoryReserve.fill()
    }

    /// The duration of each phase until now.
    var phases: TaskPhases { self.timer.total(at: self.clock.now) }

    var parameter: StaticString {
        switch self.job.mode {
        case .allItems: "_items"
        case .eachItem: "_item"
        }
    }

    // MARK: - Check

    /// Compiles the code and checks it against the policy.
    mutating func check() throws(TaskFailure) -> CheckReport {
        self.timer.enter(.run, at: self.clock.now)
        let task = try self.compile()
        do {
            let violations = try self.policy.violations(in: task)
            let hints = try self.policy.hints(on: task, mode: self.job.mode)
            return CheckReport(violations: violations.listed, hints: hints + (violations.hint.map { [$0] } ?? []))
        } catch {
            throw self.failure(for: error, in: task)
        }
    }

    // MARK: - Run

    /// Runs the code and returns its items.
    mutating func run() throws(TaskFailure) -> OutputBuffer {
        let items = try self.decodeItems()
        self.timer.enter(.run, at: self.clock.now)
        let count = unsafe items.list.count
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
        if !self.options.givesObjectsBack { unsafe _ = items.release() }
        if let failure = self.bufferFailure() { throw failure }
        return self.output
    }

    /// Whether the result is written item by item between brackets, rather than as the one value that the code returned.
    private var hasOwnBrackets: Bool {
        switch (self.job.dialect, self.job.mode) {
        case (.native, _), (.n8n, .eachItem): true
        case (.n8n, .allItems): false
        }
    }

    /// Compiles the code, and throws the policy's violations, if there are any.
    private mutating func prepare() throws(TaskFailure) -> CompiledTask {
        let task = try self.compile()
        let violations: Violations
        do {
            violations = try self.policy.violations(in: task)
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
        // The closure cannot return the task, because a compiled task is not copyable, so it is stored in a variable.
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
            unsafe self.job.items.bytes.withUnsafeBytes { bytes in
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
                message: "ValueError: the items are not a JSON array of objects (byte \(offset))"
            )
        case .exception(let exception):
            guard exception.matches(.memoryError) else {
                throw TaskFailure(.pythonError, message: ExceptionText.summary(of: exception))
            }
            throw self.outOfMemory("MemoryError: the items do not fit into the task's memory")
        case nil:
            break
        }
        guard let items = decoded.take() else { preconditionFailure("neither decoded nor failed") }
        // Later collections skip the items (gc.freeze) and visit only the task's own objects.
        try? self.interpreter.garbageCollector.freeze()
        return items
    }

    private mutating func runOnce(
        _ task: borrowing CompiledTask,
        _ items: borrowing PythonReference,
        _ count: Int
    ) throws(TaskFailure) {
        let query = try self.decodeQuery(for: task)
        let function = try self.makeFunction(task, query: query)
        let result = try self.call(function, task, items)
        self.timer.enter(.encode, at: self.clock.now)
        do {
            switch self.job.dialect {
            case .native:
                unsafe try self.interpreter.encoder.writeItems(result.borrowed, inputCount: count, to: self.output)
            case .n8n:
                // A query other than None means that the code is the tool of an agent. n8n passes on what a tool
                // returns.
                let isTool = !query.value.isNone
                unsafe try self.interpreter.encoder.writeValue(result.borrowed, isTool: isTool, to: self.output)
            }
        } catch {
            throw self.failure(for: error)
        }
        if !self.options.givesObjectsBack { unsafe _ = result.release() }
    }

    private mutating func runForEach(
        _ task: borrowing CompiledTask,
        _ items: borrowing PythonReference,
        _ count: Int
    ) throws(TaskFailure) {
        let query = try self.decodeQuery(for: task)
        var progress = ProgressThrottle(total: count, at: self.clock.now)
        var isFirst = true
        for index in 0..<count {
            let mark = self.output.count
            if !isFirst { self.output.append(0x2C) }
            do throws(TaskFailure) {
                if try self.runItem(task, items, index, query: query) {
                    isFirst = false
                } else {
                    self.output.rollBack(to: mark)
                }
            } catch {
                guard self.job.continueOnFail, self.job.dialect == .native else {
                    self.output.rollBack(to: mark)
                    self.passOnItems()
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
            self.timer.enter(.run, at: now)
            if progress.shouldReport(done: index + 1, at: now) {
                // The last items need not be passed on, because they are in the result.
                if index + 1 < count { self.passOnItems() }
                self.sink.progress(done: index + 1, total: count)
            }
        }
    }

    /// Gives the sink the items that are finished, so that they are not lost with a failure.
    private func passOnItems() {
        guard self.job.dialect == .native else { return }
        unsafe self.output.takeItems { unsafe self.sink.items($0) }
    }

    /// Runs the code for one item, with new globals, so that the code does not see what it stored for another item.
    ///
    /// - Returns: Whether an item was written.
    private mutating func runItem(
        _ task: borrowing CompiledTask,
        _ items: borrowing PythonReference,
        _ index: Int,
        query: borrowing TaskQuery
    ) throws(TaskFailure) -> Bool {
        let function = try self.makeFunction(task, query: query)
        let item = unsafe items.list[index].owned
        let result = try self.call(function, task, item)
        self.timer.enter(.encode, at: self.clock.now)
        do {
            return unsafe try self.interpreter.encoder.writeEachItem(
                result.borrowed,
                index: index,
                dialect: self.job.dialect,
                to: self.output
            )
        } catch {
            throw self.failure(for: error)
        }
    }

    /// With `continueOnFail`, replaces the output with an item that has the failure's message. Otherwise throws the
    /// failure.
    private mutating func recover(from failure: TaskFailure, count: Int) throws(TaskFailure) {
        guard self.job.continueOnFail else { throw failure }
        if self.job.dialect == .n8n {
            // n8n gets one error item for the whole task, in both modes.
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
            // The failure occurred before the first item (a syntax error, a policy violation), so it applies to every
            // item.
            for index in 0..<count {
                if index > 0 { self.output.append(0x2C) }
                self.interpreter.encoder.writeError(failure.message, pairedWith: index, to: self.output)
            }
        }
    }
}
