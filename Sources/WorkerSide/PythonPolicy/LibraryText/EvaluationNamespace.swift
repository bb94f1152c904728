import CPython
import PythonRuntime

/// A namespace for text that library code evaluates: the given namespace, or a copy with only the values that a task may
/// see. Made for one evaluation.
struct EvaluationNamespace: ~Copyable {
    enum Use {
        /// The text's globals, which receive the names that the text defines.
        case filledGlobals
        /// The text's globals, to which `__builtins__` must not be added. The text runs in a copy.
        case copiedGlobals
        case locals
    }

    /// The namespace that the text runs in.
    let seen: PythonReference
    /// The namespace that the caller passed. Borrowed from the call.
    private let given: BorrowedReference
    /// The contents of the copy before the text ran; nil if nothing is written back.
    private let before: PythonReference?

    /// - Parameters:
    ///   - given: The namespace that the caller passed.
    ///   - use: How the text uses the namespace.
    ///   - variables: Further names that the text may read, as a dictionary; nil for none.
    ///   - evaluators: The guard, which knows what a task may see.
    /// - Throws: What CPython raised.
    init(
        _ given: BorrowedReference,
        _ use: Use,
        variables: consuming PythonReference? = nil,
        _ evaluators: EvaluatorGuard
    ) throws(PythonException) {
        self.given = given
        let dictionary = DictionaryObject(given)
        let staysAsItIs: Bool
        switch (use, dictionary) {
        case (.copiedGlobals, _), (.filledGlobals, nil): staysAsItIs = false
        case (.locals, nil): staysAsItIs = true
        case (.filledGlobals, let dictionary?):
            staysAsItIs = evaluators.isOpenToTaskBuiltins(dictionary) ? try evaluators.isPlain(dictionary) : false
        case (.locals, let dictionary?): staysAsItIs = try evaluators.isPlain(dictionary)
        }
        guard !staysAsItIs else {
            if case .filledGlobals = use, let dictionary { try evaluators.setTaskBuiltins(in: dictionary) }
            self.seen = given.owned
            self.before = nil
            return
        }
        var seen = try evaluators.namespace(for: given)
        if let variables {
            if seen.isSame(as: given) { seen = unsafe try seen.dictionary.copy() }
            unsafe try checking(PyDict_Merge(seen.pointer, variables.pointer, 0))
        }
        // A task may have chosen the text, so it must not rebind names of a module.
        let isWrittenBack =
            !seen.isSame(as: given)
            && dictionary.map { !evaluators.isModuleNamespace($0) } ?? true
        self.before = isWrittenBack ? unsafe try seen.dictionary.copy() : nil
        self.seen = seen
    }

    /// Copies the names that the text has defined or changed into the given namespace.
    func writeBack() throws(PythonException) {
        guard let target = DictionaryObject(self.given) else { return }
        switch self.before {
        case Optional.none: return
        case Optional.some(let before):
            for (key, value) in unsafe self.seen.dictionary.entries
            where unsafe key.isExactString && before.dictionary[key] != value {
                try target.set(value, for: key)
            }
        }
    }
}
