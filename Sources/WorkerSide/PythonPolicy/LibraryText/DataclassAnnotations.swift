import CPython
import PythonRuntime

/// Lets `dataclasses` recognise `ClassVar`, `InitVar` and `KW_ONLY` in annotations that are text.
///
/// The module looks such a name up in the namespace of the class's module. What a task's body imports are variables of a
/// function, and the module `typing` there is a view.
@safe
final class DataclassAnnotations {
    private let context: PolicyContext
    private let evaluators: EvaluatorGuard
    private let views: ModuleViews
    /// The module's own `_is_type`, which lives as long as the process.
    private var original: BorrowedReference?

    init(_ context: PolicyContext, _ evaluators: EvaluatorGuard, _ views: ModuleViews) {
        self.context = context
        self.evaluators = evaluators
        self.views = views
    }

    /// Replaces the function if the module is loaded.
    func place() throws(PythonException) {
        guard self.original == nil, let namespace = self.context.loadedModule("dataclasses")?.namespace,
            let original = namespace["_is_type"]
        else { return }
        self.original = original.owned.leak()
        try namespace.set(unsafe try PythonFunction.make("_is_type", Self.isType), for: "_is_type")
    }

    /// `_is_type(annotation, cls, a_module, a_type, is_type_predicate)`.
    private static let isType: FastcallFunction = { _, arguments, count, keywords in
        PolicyGuard.answering { (policy) throws(PythonException) in
            let given = unsafe try CallArguments(arguments, count, keywords, of: "_is_type", 5...5)
            guard let original = policy.dataclasses.original else { return .none }
            let answer = try original.owned.call([given[0], given[1], given[2], given[3], given[4]])
            guard answer.isSame(as: .false), let real = ModuleObject(given[2]), let kind = TypeObject(given[1]),
                let module = kind.dictionary?[policy.context.names.module], PythonText.equals(module, "__main__"),
                let value = try policy.dataclasses.value(named: given[0], real)
            else { return answer }
            return try given[4].owned.call([unsafe value.borrowed, given[2]])
        }
    }

    /// The value that the beginning of an annotation names, such as `ClassVar[int]` or `typing.ClassVar`, among the
    /// variables of the task's body.
    ///
    /// - Parameters:
    ///   - annotation: The text.
    ///   - real: The module that has the value.
    /// - Returns: The value; nil if the text names no such value.
    /// - Throws: What CPython raised.
    private func value(
        named annotation: BorrowedReference,
        _ real: ModuleObject
    ) throws(PythonException) -> PythonReference? {
        guard let pattern = self.context.loadedModule("dataclasses")?.namespace["_MODULE_IDENTIFIER_RE"],
            let variables = try self.evaluators.bodyVariables()
        else { return nil }
        let match = try pattern.attribute("match").call(annotation.owned)
        guard !match.isNone else { return nil }
        let groups = try match.attribute("groups").call()
        guard let parts = unsafe TupleObject(groups.borrowed), parts.count == 2 else { return nil }
        let names = unsafe variables.dictionary
        guard !parts[0].isNone else { return names[parts[1]]?.owned }
        guard let view = ModuleObject(names[parts[0]]), let title = real.namespace[self.context.names.name],
            view == (try self.views.view(of: real, as: try PythonText.string(title)))
        else { return nil }
        return real.namespace[parts[1]]?.owned
    }
}
