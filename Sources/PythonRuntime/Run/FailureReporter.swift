import CPython
import Tasks

/// Turns an exception that ended a task into the failure its author reads.
enum FailureReporter {
    /// The failure for an exception of the task's.
    ///
    /// - Parameters:
    ///   - exception: What the task raised.
    ///   - task: The code that raised it.
    ///   - hint: What the policy knows about this exception.
    ///   - memoryLimit: The task's, in bytes, if it has one.
    /// - Returns: A failure of the kind `pythonError`, or `memoryExceeded`.
    static func failure(
        for exception: PythonException,
        in task: borrowing CompiledTask,
        hint: String?,
        memoryLimit: Int?
    ) -> TaskFailure {
        let type = ExceptionText.typeName(of: exception)
        let frames = unsafe TracebackText.userFrames(of: exception.pointer, task: task)
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
        if unsafe exception.matches(CPython_Exc_MemoryError()) {
            failure.kind = .memoryExceeded
            if failure.message == type { failure.message = "MemoryError: the task ran out of memory" }
            failure.message = MemoryProbe.verdict(limit: memoryLimit, failure.message)
        } else if unsafe exception.matches(CPython_Exc_SystemExit()) {
            Self.explainExit(&failure, exception)
        } else if unsafe exception.matches(CPython_Exc_KeyboardInterrupt()), failure.message == type {
            failure.message = "KeyboardInterrupt: raised by the code itself; nobody pressed a key"
        }
        return failure
    }

    /// What to say about a built-in that the author also uses as a variable: in a module both work, in the body of a
    /// function the name is a local one from the first line on.
    static func hint(forShadowed exception: PythonException, builtins: PyPointer) -> String? {
        guard unsafe exception.matches(CPython_Exc_UnboundLocalError()) else { return nil }
        let parts = unsafe ExceptionText.message(ofValue: exception.pointer).split(separator: "'")
        guard parts.count >= 2, let name = try? PythonText.make(String(parts[1])),
            unsafe PyDict_Contains(builtins, name.pointer) == 1
        else { return nil }
        return "the code runs as the body of a function, where a name that is assigned to anywhere is a variable "
            + "everywhere: call the variable something other than the built-in '\(parts[1])'"
    }

    /// `sys.exit(0)` ends a program well, but a task ends with what it returns.
    private static func explainExit(_ failure: inout TaskFailure, _ exception: PythonException) {
        let code = unsafe ExceptionText.message(ofValue: exception.pointer)
        failure.message = "SystemExit: the code ended itself" + (code.isEmpty ? "" : " with exit(\(code))")
        failure.hint = failure.hint ?? "A task ends by returning its items; use return instead of exit."
    }
}
