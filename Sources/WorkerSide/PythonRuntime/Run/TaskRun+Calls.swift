import CPython
import Tasks

/// Makes and calls functions of a task's code, and converts errors into the failures of a run.
extension TaskRun {
    /// Makes a function of the task's code. Its globals are the namespace of a new `__main__` module.
    ///
    /// - Parameters:
    ///   - task: The compiled code.
    ///   - query: The value of `_query`.
    /// - Returns: The function, which has not been called yet.
    /// - Throws: The failure of the task when CPython could not make an object.
    func makeFunction(
        _ task: borrowing CompiledTask,
        query: borrowing TaskQuery
    ) throws(TaskFailure) -> PythonReference {
        do {
            let owner = unsafe try PythonReference(checking: PyModule_New("__main__"))
            guard let module = unsafe ModuleObject(owner.borrowed) else { preconditionFailure("a module is a module") }
            let globals = module.namespace
            for name: StaticString in ["__doc__", "__loader__", "__package__", "__spec__"] {
                try globals.remove(name)
            }
            try globals.set(self.policy.builtins.object, for: "__builtins__")
            if query.isDefined { try globals.set(query.value, for: "_query") }
            // `typing` and `pickle` look up the task's classes and functions in `sys.modules["__main__"]`.
            unsafe try checking(PyDict_SetItemString(PyImport_GetModuleDict(), "__main__", owner.pointer))
            return unsafe try PythonReference(checking: PyFunction_New(task.code.pointer, globals.object.pointer))
        } catch {
            throw self.failure(for: error, in: task)
        }
    }

    /// Decodes the value of `_query`.
    func decodeQuery(for task: borrowing CompiledTask) throws(TaskFailure) -> TaskQuery {
        do {
            return TaskQuery(value: try self.decodeQuery(), isDefined: self.job.query != nil)
        } catch {
            throw self.failure(for: error, in: task)
        }
    }

    private func decodeQuery() throws(PythonException) -> PythonReference {
        guard let query = self.job.query else { return .none }
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
            throw PythonException.make(.valueError, "_query is not valid JSON (byte \(offset))")
        case .exception(let exception):
            throw exception
        case nil:
            guard let value = decoded.take() else { preconditionFailure("neither decoded nor failed") }
            return value
        }
    }

    func call(
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
            // Frees the memory reserve, because the report of a MemoryError needs memory.
            MemoryReserve.open()
            throw self.failure(for: error, in: task)
        }
    }

    func failure(for exception: PythonException, in task: borrowing CompiledTask) -> TaskFailure {
        FailureReporter.failure(
            for: exception,
            in: task,
            hint: self.hint(for: exception, in: task),
            memoryLimit: self.options.memoryLimit,
            readsDescription: self.job.dialect == .n8n
        )
    }

    private func hint(for exception: PythonException, in task: borrowing CompiledTask) -> String? {
        let isKnown = [.nameError, .attributeError, .keyError, .typeError].contains { exception.matches($0) }
        guard isKnown else { return self.policy.hint(for: exception, variables: [], mode: self.job.mode) }
        guard let frame = FailingFrame(of: exception, task: task) else {
            return self.policy.hint(for: exception, variables: [], mode: self.job.mode)
        }
        return FailureReporter.hint(forShadowed: exception, builtins: self.policy.builtins)
            ?? self.policy.hint(for: exception, variables: frame.variables, mode: self.job.mode)
            ?? SubscriptHint.hint(for: exception, in: frame)
    }

    func failure(for error: EncodingFailure) -> TaskFailure {
        if error.isOutOfMemory { return self.outOfMemory("MemoryError: no memory to write the result") }
        if error.isBufferFull, let failure = self.bufferFailure() { return failure }
        return TaskFailure(.invalidResult, message: error.message, hint: error.hint)
    }

    func bufferFailure() -> TaskFailure? {
        switch self.output.state {
        case .complete:
            nil
        case .limitReached:
            TaskFailure(
                .outputExceeded,
                message: "the result is larger than \(self.options.outputLimit) bytes",
                hint: "return less, or raise TERRARIUM_OUTPUT_LIMIT"
            )
        case .outOfMemory:
            self.outOfMemory("MemoryError: no memory to write the result")
        }
    }

    func outOfMemory(_ event: String) -> TaskFailure {
        TaskFailure(.memoryExceeded, message: MemoryProbe.message(limit: self.options.memoryLimit, event))
    }
}

/// The value that the code of a task sees as `_query`.
struct TaskQuery: ~Copyable {
    /// `None` if the task has no query.
    let value: PythonReference
    /// Whether the name `_query` exists. In n8n's dialect it always does.
    let isDefined: Bool
}
