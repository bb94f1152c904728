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
    /// - Returns: A failure of the kind `pythonError`, or `memoryExceeded`.
    static func failure(
        for exception: PythonException,
        in task: borrowing CompiledTask,
        hint: String?
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
        } else if unsafe exception.matches(CPython_Exc_SystemExit()) {
            Self.explainExit(&failure, exception)
        } else if unsafe exception.matches(CPython_Exc_KeyboardInterrupt()), failure.message == type {
            failure.message = "KeyboardInterrupt: raised by the code itself; nobody pressed a key"
        }
        return failure
    }

    /// `sys.exit(0)` ends a program well, but a task ends with what it returns.
    private static func explainExit(_ failure: inout TaskFailure, _ exception: PythonException) {
        let code = unsafe ExceptionText.message(ofValue: exception.pointer)
        failure.message = "SystemExit: the code ended itself" + (code.isEmpty ? "" : " with exit(\(code))")
        failure.hint = failure.hint ?? "A task ends by returning its items; use return instead of exit."
    }
}
