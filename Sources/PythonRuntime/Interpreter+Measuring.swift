package import Tasks

extension Interpreter {
    /// Compiles a text as the body of a task and holds it against the policy, without running it: for the benchmarks,
    /// which want to know what each of the two costs.
    ///
    /// - Parameters:
    ///   - code: The text, as UTF-8.
    ///   - checks: How often what was compiled is held against the policy.
    /// - Returns: How many violations the last of the checks found.
    /// - Throws: A failure of the kind `syntaxError` for a text that cannot be compiled, or cannot be read once it is.
    package func compile(_ code: [UInt8], checks: Int) throws(TaskFailure) -> Int {
        guard let rules = self.rules else { preconditionFailure("a task before there is a policy") }
        return try unsafe code.withUnsafeBufferPointer { (text) throws(TaskFailure) in
            let task = unsafe try self.compiler.compile(UnsafeRawBufferPointer(text), parameter: "_items")
            var violations = 0
            for _ in 0..<checks {
                do throws(PythonException) {
                    violations = try rules.violations(in: task).count
                } catch {
                    throw TaskFailure(.syntaxError, message: ExceptionText.summary(of: error))
                }
            }
            return violations
        }
    }
}
