import PythonRuntime
import Tasks

/// Hints for a task's author on a `NameError` or an `AttributeError`.
///
/// The name and the receiver are read from the exception's C structure, because the attribute `obj`, which returns the
/// receiver, is guarded.
struct ExceptionHint {
    private let context: PolicyContext
    private let mode: TaskMode
    /// The names of the variables where the exception arose.
    private let variables: [String]

    init(_ context: PolicyContext, mode: TaskMode, variables: [String]) {
        self.context = context
        self.mode = mode
        self.variables = variables
    }

    /// The hint for an exception; nil for an exception without a known cause.
    func hint(for exception: PythonException) -> String? {
        if exception.matches(.nameError) {
            guard let name = exception.missingName.flatMap({ try? PythonText.string($0) }) else { return nil }
            return self.hint(forName: name)
        }
        if exception.matches(.attributeError) {
            guard let missing = exception.missingAttribute, let name = try? PythonText.string(missing.name) else {
                return nil
            }
            return CodeAdvice.advice(forAttribute: name, ofType: missing.receiver.type.cName)
                ?? AttributeAdvice.advice(for: name, missingIn: missing.receiver)
        }
        return nil
    }

    private func hint(forName name: String) -> String? {
        if let advice = CodeAdvice.advice(forName: name, mode: self.mode) { return advice }
        if self.context.policy.builtinsDeny.contains(name) {
            return
                "the built-in '\(name)' is denied; \(BuiltinRemedy.text(for: name, in: self.context.policy.variables.builtinsDeny))"
        }
        if let missing = MissingImport.hint(forName: name, self.context.imports) { return missing }
        let builtins = NearestName.keys(of: self.context.builtins.object).filter { !$0.hasPrefix("__") }
        let near = NearestName.among(self.variables.filter { !$0.hasPrefix("__") } + builtins, to: name)
        return near.map { "did you mean '\($0)'?" }
    }
}
