import CPython
import Tasks

/// Converts an exception that ended a task into the failure that its author reads.
enum FailureReporter {
    /// The failure for an exception that the task raised.
    ///
    /// - Parameters:
    ///   - exception: The exception that ended the task.
    ///   - task: The task's code.
    ///   - hint: The policy's hint for this exception.
    ///   - memoryLimit: The task's memory limit, if it has one.
    ///   - readsDescription: Whether the exception's attribute `description` is part of the failure. Reading it may run
    ///     code of the task.
    /// - Returns: A failure of the kind `pythonError`, or `memoryExceeded`.
    static func failure(
        for exception: PythonException,
        in task: borrowing CompiledTask,
        hint: String?,
        memoryLimit: MemoryLimit?,
        readsDescription: Bool = false
    ) -> TaskFailure {
        let type = ExceptionText.typeName(of: exception)
        let frames = TracebackText.userFrames(of: exception.instance, task: task)
        var failure = TaskFailure(.pythonError, message: ExceptionText.summary(of: exception), type: type)
        if let last = frames.last {
            failure.line = last.line
            failure.sourceLine = task.source.line(last.line)
            if let range = last.range {
                failure.column = task.source.column(utf8Offset: range.utf8Column, line: range.line)
            }
        }
        failure.traceback = TracebackText.render(exception, task: task)
        failure.hint = hint
        if readsDescription { failure.exceptionDescription = ExceptionText.description(of: exception) }
        if exception.matches(.memoryError) {
            failure.kind = .memoryExceeded
            if failure.message == type { failure.message = "MemoryError: the task ran out of memory" }
            failure.message = MemoryProbe.message(limit: memoryLimit, failure.message)
        } else if exception.matches(.systemExit) {
            Self.explainExit(&failure, exception)
        } else if exception.matches(.keyboardInterrupt), failure.message == type {
            failure.message = "KeyboardInterrupt: raised by the code itself, not by a key"
        }
        return failure
    }

    /// The hint for a built-in whose name the author also uses for a variable; nil for any other exception. A module
    /// may use both. In a function's body, the name is a local variable from the first line on.
    static func hint(forShadowed exception: PythonException, builtins: DictionaryObject) -> String? {
        guard exception.matches(.unboundLocalError) else { return nil }
        let parts = ExceptionText.message(of: exception.instance).split(separator: "'")
        guard parts.count >= 2, let name = try? PythonText.make(String(parts[1])), builtins.value(for: name) != nil
        else { return nil }
        return "the code runs as the body of a function, where a name that is assigned to anywhere is a variable "
            + "everywhere: call the variable something other than the built-in '\(parts[1])'"
    }

    /// Explains a SystemExit: `sys.exit(0)` is a normal end for a program, but a task must return its items.
    private static func explainExit(_ failure: inout TaskFailure, _ exception: PythonException) {
        let code = ExceptionText.message(of: exception.instance)
        failure.message = "SystemExit: the code ended itself" + (code.isEmpty ? "" : " with exit(\(code))")
        failure.hint = failure.hint ?? "a task ends by returning its items; use return instead of exit"
    }
}
