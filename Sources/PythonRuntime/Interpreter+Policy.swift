public import Tasks

extension Interpreter {
    /// Puts a policy in force for every task of this process and of the processes forked from it. Once, after the
    /// preload imports and before the first fork; it cannot be taken back.
    ///
    /// - Parameters:
    ///   - policy: The rules.
    ///   - configuration: What the interpreter was started with: its folders hold library code, which the policy
    ///     trusts to do what tasks may not.
    /// - Throws: ``PythonRuntimeError``; the interpreter is not fit for tasks then.
    public func installPolicy(
        _ policy: TaskPolicy,
        configuration: InterpreterConfiguration
    ) throws(PythonRuntimeError) {
        do {
            self.install(
                try PolicyGuard.install(
                    policy,
                    standardLibrary: configuration.installation.searchPaths,
                    sitePackages: configuration.sitePackages
                )
            )
        } catch {
            throw .preparationFailed(step: "installing the policy", reason: ExceptionText.summary(of: error))
        }
    }
}
