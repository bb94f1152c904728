package import Tasks

/// The interface to the policy of this interpreter, through which tasks are compiled and run.
///
/// The only conformer is in `PythonPolicy`; `Interpreter` owns it for the life of the process. It is made in the fork
/// server, after the preload imports and before the first fork. Its methods are called in the worker, on the main
/// thread, with no Python exception pending, and leave none pending.
package protocol InstalledPolicy: AnyObject {
    /// The dictionary that becomes a task's `__builtins__`, with the ``PrintFunction`` for `print` unless that is denied.
    /// Lives as long as the policy.
    var builtins: DictionaryObject { get }

    /// Finds all violations of the policy in a task's code, before the code runs.
    ///
    /// - Parameter task: The compiled function body. Columns in its code objects are too large by `columnShift`.
    /// - Throws: What CPython raised while the code was read.
    /// - Returns: The violations; empty if the code may run.
    func violations(in task: borrowing CompiledTask) throws(PythonException) -> Violations

    /// Hints about constructs that compile but are probably not what the author meant.
    func hints(on task: borrowing CompiledTask, mode: TaskMode) throws(PythonException) -> [CodeHint]

    /// The modules of packages that the task imported and that were not loaded before, a bounded number.
    var importedModules: [String] { get }

    /// A hint to the author of a task that raised `exception`; nil when no hint fits.
    ///
    /// - Parameters:
    ///   - exception: The exception that ended the task.
    ///   - variables: The names of the variables where the exception arose. A misspelt name is compared with them.
    ///   - mode: The task's mode.
    /// - Returns: The hint, or nil.
    func hint(for exception: PythonException, variables: [String], mode: TaskMode) -> String?
}

/// The violations of the policy in a task's code.
package struct Violations {
    /// The first violations, a bounded number, in the order of the text. Positions are those in the submitted code.
    package let listed: [PolicyViolation]
    /// The number of all violations.
    package let total: Int

    package init(listed: [PolicyViolation], total: Int) {
        self.listed = listed
        self.total = total
    }

    /// The suffix of the first violation's message that counts the other violations; empty if there are none.
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
