import CPython

/// Makes the compiler's warnings errors for a moment.
@safe
final class CompileWarnings {
    private let filters: PythonReference
    private let filtersMutated: PythonReference
    private let errorFilter: PythonReference

    init() throws(PythonException) {
        let module = try PythonReference.importing("_warnings")
        self.filters = try module.attribute("filters")
        self.filtersMutated = try module.attribute("_filters_mutated")
        // The same five fields that warnings.filterwarnings() makes: action, message, category, module, line.
        self.errorFilter = unsafe try PythonReference(checking: PyTuple_New(5))
        let action = try PythonText.interned("error")
        unsafe CPython_Tuple_SET_ITEM(self.errorFilter.pointer, 0, action.duplicate().release())
        unsafe CPython_Tuple_SET_ITEM(self.errorFilter.pointer, 1, PythonReference.none.release())
        unsafe CPython_Tuple_SET_ITEM(
            self.errorFilter.pointer,
            2,
            PythonReference(borrowing: CPython_Exc_SyntaxWarning()).release()
        )
        unsafe CPython_Tuple_SET_ITEM(self.errorFilter.pointer, 3, PythonReference.none.release())
        unsafe CPython_Tuple_SET_ITEM(
            self.errorFilter.pointer,
            4,
            try PythonReference(checking: PyLong_FromLong(0)).release()
        )
    }

    /// Runs `body` with every `SyntaxWarning` raised as an error.
    func asErrors(_ body: () throws(PythonException) -> PythonReference) throws(PythonException) -> PythonReference {
        unsafe try checking(PyList_Insert(self.filters.pointer, 0, self.errorFilter.pointer))
        defer { self.removeFilter() }
        _ = try self.filtersMutated.call()
        return try body()
    }

    /// Takes our own filter out again, and nothing else.
    private func removeFilter() {
        let first = unsafe PyList_GetItem(self.filters.pointer, 0)
        if unsafe first == self.errorFilter.pointer {
            unsafe _ = PyList_SetSlice(self.filters.pointer, 0, 1, nil)
        }
        _ = try? self.filtersMutated.call()
    }
}
