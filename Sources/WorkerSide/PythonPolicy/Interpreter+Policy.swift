public import PythonRuntime
public import Tasks

extension Interpreter {
    /// Puts a policy in force for every task of this process and of the processes forked from it. Call it once, after
    /// the preload imports and before the first fork; the policy cannot be removed.
    ///
    /// - Parameters:
    ///   - policy: The settings of the policy.
    ///   - configuration: The configuration that the interpreter was started with. Code in its library folders is
    ///     trusted: the policy permits it operations that it refuses to tasks.
    /// - Throws: ``PythonRuntimeError``; the interpreter must not run tasks then.
    public func installPolicy(
        _ policy: TaskPolicy,
        configuration: InterpreterConfiguration
    ) throws(PythonRuntimeError) {
        do {
            let libraries = LibraryPaths(
                standardLibrary: configuration.installation.searchPaths,
                sitePackages: configuration.sitePackages
            )
            self.install(
                try PolicyGuard.install(
                    policy,
                    libraries: libraries,
                    temporaryFolders: configuration.temporaryFolders,
                    hiddenVariables: configuration.hiddenVariables
                )
            )
        } catch {
            throw .preparationFailed(step: "installing the policy", reason: ExceptionText.summary(of: error))
        }
    }
}
