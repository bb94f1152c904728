import CPython
import Tasks

/// What the runner asks of the policy: the one seam between running a task and deciding what it may do.
///
/// One instance is made in the fork server, after the preload imports and before the first fork. Its methods are called
/// in the worker, on the main thread, with no Python exception pending; they leave none pending.
protocol TaskRules: AnyObject {
    /// The dictionary that becomes the task's `__builtins__`, with the ``PrintFunction`` for `print` unless that is denied.
    /// Borrowed; lives as long as the rules.
    var builtins: PyPointer { get }

    /// Everything the policy refuses in a task's code, before any of it runs.
    ///
    /// - Parameter task: The compiled function body. Columns of its code objects are `columnShift` too large.
    /// - Throws: What CPython raised while the code was read.
    /// - Returns: The violations, none for code that may run.
    func violations(in task: borrowing CompiledTask) throws(PythonException) -> Violations

    /// Advice about constructs that compile but are probably not what the author meant.
    func advice(on task: borrowing CompiledTask, mode: TaskMode) throws(PythonException) -> [CodeHint]

    /// What the author of a task that raised `exception` most likely meant, if that can be told.
    func hint(for exception: PythonException, mode: TaskMode) -> String?
}

/// What the policy refuses in a task's code.
struct Violations {
    /// In the order of the text, a bounded number; positions are the author's.
    let listed: [PolicyViolation]
    /// How many there are.
    let total: Int

    /// The suffix of the first violation's message that counts the other violations; empty for a single one.
    var others: String {
        guard self.total > 1 else { return "" }
        let listed = self.listed.count < self.total ? ", \(self.listed.count - 1) of them listed" : ""
        return " (and \(self.total - 1) more\(listed))"
    }

    /// The hint of a check that lists fewer violations than it found; nil when all are listed.
    var hint: CodeHint? {
        guard self.listed.count < self.total, let last = self.listed.last else { return nil }
        return CodeHint(
            line: last.line,
            column: last.column,
            construct: last.construct,
            message: "the first \(self.listed.count) of \(self.total) refused constructs are listed"
        )
    }
}

extension TaskRules {
    /// The location of the instruction at `byteOffset` of one of the task's code objects, in the author's terms.
    ///
    /// - Returns: The line and column, both from 1, the column in code points; nil when the instruction has none.
    func position(
        of byteOffset: Int32,
        in code: PyPointer,
        of task: borrowing CompiledTask
    ) -> (line: Int, column: Int)? {
        guard let range = unsafe SourceRange(of: byteOffset, in: code, columnShift: task.columnShift) else {
            return nil
        }
        return (range.line, task.source.column(utf8Offset: range.utf8Column, line: range.line))
    }
}
