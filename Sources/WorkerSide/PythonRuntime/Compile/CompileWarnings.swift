import CPython

/// Turns the compiler's warnings into errors during one compilation. ``TaskCompiler`` owns the only instance.
final class CompileWarnings {
    private let filters: PythonReference
    /// A tuple of the functions that tell the interpreter of a change of the filters. They are called in this order.
    private let filtersMutated: PythonReference
    private let errorFilter: PythonReference

    init() throws(PythonException) {
        let module = try PythonReference.importing("_warnings")
        self.filters = try module.attribute("filters")
        // From CPython 3.14 on, the filters have a lock, which must be held.
        let change = try module.attributeIfPresent(PythonText.interned("_filters_mutated"))
        if let change {
            self.filtersMutated = unsafe try PythonReference.tuple([change.borrowed])
        } else {
            let acquire = try module.attribute("_acquire_lock")
            let change = try module.attribute("_filters_mutated_lock_held")
            let release = try module.attribute("_release_lock")
            self.filtersMutated = unsafe try PythonReference.tuple([
                acquire.borrowed, change.borrowed, release.borrowed,
            ])
        }
        let action = try PythonText.interned("error")
        let anyLine = try PythonReference.integer(0)
        // The same fields as in a filter of warnings.filterwarnings(): action, message, category, module, line.
        self.errorFilter = unsafe try PythonReference.tuple([
            action.borrowed, .none, ExceptionClass.syntaxWarning.object, .none, anyLine.borrowed,
        ])
    }

    /// Runs `body` with every `SyntaxWarning` raised as an error.
    func asErrors(_ body: () throws(PythonException) -> PythonReference) throws(PythonException) -> PythonReference {
        unsafe try checking(PyList_Insert(self.filters.pointer, 0, self.errorFilter.pointer))
        defer { self.removeFilter() }
        try self.tellOfChange()
        return try body()
    }

    /// Removes the filter that ``asErrors(_:)`` inserted, if it is still the first.
    private func removeFilter() {
        if unsafe self.filters.list.first(where: { _ in true }) == self.errorFilter.borrowed {
            unsafe _ = PyList_SetSlice(self.filters.pointer, 0, 1, nil)
        }
        try? self.tellOfChange()
    }

    private func tellOfChange() throws(PythonException) {
        for function in unsafe TupleObject(unchecked: self.filtersMutated.borrowed) { _ = try function.owned.call() }
    }
}

/// Records the compiler's warnings, to issue them later with the line numbers of the submitted code.
struct DeferredWarnings: ~Copyable {
    private let context: PythonReference
    private let log: PythonReference

    /// Starts recording.
    init() throws(PythonException) {
        let recorder = try PythonReference.importing("warnings").attribute("catch_warnings")
        let keywords = try PythonReference.dictionary()
        try keywords.setEntry("record", BorrowedReference.true.owned)
        let context = try recorder.call(tuple: try PythonReference.tuple([]), keywords: keywords)
        self.log = try context.attribute("__enter__").call()
        self.context = context
    }

    /// Stops recording and issues the recorded warnings. A warning cannot make a successful compilation fail.
    borrowing func issue(linesAbove shift: Int32, fileName: borrowing PythonReference) {
        do throws(PythonException) {
            try self.context.attribute("__exit__").call([.none, .none, .none])
            for index in unsafe 0..<self.log.list.count {
                // The reference is owned: reading the attributes of a recorded warning may run code.
                let entry = unsafe self.log.list[index].owned
                let category = try entry.attribute("category")
                let message = try entry.attribute("message")
                let line = try entry.attribute("lineno")
                unsafe try checking(
                    PyErr_WarnExplicitObject(
                        category.pointer,
                        message.pointer,
                        fileName.pointer,
                        Int32(clamping: PyLong_AsLong(line.pointer)) - shift,
                        nil,
                        nil
                    )
                )
            }
        } catch {
            PythonException.clearPending()
        }
    }
}
