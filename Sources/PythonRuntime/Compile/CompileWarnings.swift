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

/// Holds the compiler's warnings back, to issue them for other lines than those they were raised for.
@safe
struct MovedWarnings: ~Copyable {
    private let context: PythonReference
    private let log: PythonReference

    /// Begins to hold them back.
    init() throws(PythonException) {
        let recorder = try PythonReference.importing("warnings").attribute("catch_warnings")
        let nothing = unsafe try PythonReference(checking: PyTuple_New(0))
        let keywords = try PythonReference.dictionary()
        unsafe try checking(PyDict_SetItemString(keywords.pointer, "record", CPython_True()))
        let context = unsafe try recorder.call(tuple: nothing, keywords: keywords.pointer)
        self.log = try context.attribute("__enter__").call()
        self.context = context
    }

    /// Ends that, and issues what there was. A compiler that succeeded does not fail because of a warning.
    borrowing func issue(linesAbove shift: Int32, fileName: borrowing PythonReference) {
        do throws(PythonException) {
            let nothing = unsafe try PythonReference(checking: PyTuple_New(3))
            for index in 0..<3 {
                unsafe CPython_Tuple_SET_ITEM(nothing.pointer, index, PythonReference.none.release())
            }
            _ = try self.context.attribute("__exit__").call(tuple: nothing)
            for index in unsafe 0..<PyList_Size(self.log.pointer) {
                let entry = unsafe try PythonReference(checkingBorrowed: PyList_GetItem(self.log.pointer, index))
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
            PyErr_Clear()
        }
    }
}
