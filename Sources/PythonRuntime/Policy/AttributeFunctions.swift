import CPython

/// `getattr` and its relatives as a task sees them: the interpreter's own, except for the refused names.
///
/// The guarded descriptors hold without them; these make the refusal clear, and cover what is no descriptor.
extension PolicyGuard {
    static let attributeFunctions: [(name: StaticString, function: FastcallFunction)] = unsafe [
        ("getattr", PolicyGuard.getattrFunction),
        ("hasattr", PolicyGuard.hasattrFunction),
        ("setattr", PolicyGuard.setattrFunction),
        ("delattr", PolicyGuard.delattrFunction),
        ("dir", PolicyGuard.dirFunction),
    ]

    /// The name in the second argument, when the call is an ordinary one: positional, with an exact `str` that is not
    /// refused. Borrowed; nil sends the call the long way. Loops call these functions often enough to care.
    private static func ordinaryName(
        _ arguments: UnsafePointer<PyPointer?>?,
        _ count: Py_ssize_t,
        _ keywords: PyPointer?
    ) -> PyPointer? {
        guard unsafe keywords == nil, count >= 2, let name = unsafe arguments?[1],
            unsafe CPython_Unicode_CheckExact(name) != 0,
            let policy = unsafe PolicyGuard.current, unsafe !policy.names.isRefused(attribute: name)
        else { return nil }
        return unsafe name
    }

    private static let getattrFunction: FastcallFunction = { _, arguments, count, keywords in
        if count <= 3, let name = unsafe PolicyGuard.ordinaryName(arguments, count, keywords),
            let receiver = unsafe arguments?[0]
        {
            guard count == 3 else { return unsafe PyObject_GetAttr(receiver, name) }
            var value: PyPointer?
            let found = unsafe _PyObject_LookupAttr(receiver, name, &value)
            guard found == 0, let fallback = unsafe arguments?[2] else { return unsafe value }
            unsafe CPython_INCREF(fallback)
            return unsafe fallback
        }
        return unsafe PolicyGuard.answering { (policy) throws(PythonException) in
            let given = unsafe try Arguments(arguments, count, keywords, of: "getattr", 2...3)
            let name = unsafe try PythonText.exact(given[1])
            if unsafe policy.names.isRefused(attribute: name.pointer) {
                guard count < 3 else { return unsafe PythonReference(borrowing: given[2]) }
                throw policy.refusal(of: name)
            }
            guard let value = unsafe PyObject_GetAttr(given[0], name.pointer) else {
                if count == 3, unsafe PyErr_ExceptionMatches(CPython_Exc_AttributeError()) != 0 {
                    PyErr_Clear()
                    return unsafe PythonReference(borrowing: given[2])
                }
                throw PythonException.takePending()
            }
            return unsafe PythonReference(owning: value)
        }
    }

    private static let hasattrFunction: FastcallFunction = { _, arguments, count, keywords in
        if count == 2, let name = unsafe PolicyGuard.ordinaryName(arguments, count, keywords),
            let receiver = unsafe arguments?[0]
        {
            var value: PyPointer?
            let found = unsafe _PyObject_LookupAttr(receiver, name, &value)
            unsafe CPython_XDECREF(value)
            guard found >= 0 else { return nil }
            let answer = unsafe found == 1 ? CPython_True() : CPython_False()
            unsafe CPython_INCREF(answer)
            return unsafe answer
        }
        return unsafe PolicyGuard.answering { (policy) throws(PythonException) in
            let given = unsafe try Arguments(arguments, count, keywords, of: "hasattr", 2...2)
            let name = unsafe try PythonText.exact(given[1])
            guard unsafe !policy.names.isRefused(attribute: name.pointer) else {
                return unsafe PythonReference(borrowing: CPython_False())
            }
            guard let value = unsafe PyObject_GetAttr(given[0], name.pointer) else {
                guard unsafe PyErr_ExceptionMatches(CPython_Exc_AttributeError()) != 0 else {
                    throw PythonException.takePending()
                }
                PyErr_Clear()
                return unsafe PythonReference(borrowing: CPython_False())
            }
            unsafe CPython_DECREF(value)
            return unsafe PythonReference(borrowing: CPython_True())
        }
    }

    private static let setattrFunction: FastcallFunction = { _, arguments, count, keywords in
        unsafe PolicyGuard.answering { (policy) throws(PythonException) in
            let given = unsafe try Arguments(arguments, count, keywords, of: "setattr", 3...3)
            let name = unsafe try PythonText.exact(given[1])
            guard unsafe !policy.names.isRefused(attribute: name.pointer) else { throw policy.refusal(of: name) }
            unsafe try checking(PyObject_SetAttr(given[0], name.pointer, given[2]))
            return .none
        }
    }

    private static let delattrFunction: FastcallFunction = { _, arguments, count, keywords in
        unsafe PolicyGuard.answering { (policy) throws(PythonException) in
            let given = unsafe try Arguments(arguments, count, keywords, of: "delattr", 2...2)
            let name = unsafe try PythonText.exact(given[1])
            guard unsafe !policy.names.isRefused(attribute: name.pointer) else { throw policy.refusal(of: name) }
            unsafe try checking(PyObject_SetAttr(given[0], name.pointer, nil))
            return .none
        }
    }

    private static let dirFunction: FastcallFunction = { _, arguments, count, keywords in
        unsafe PolicyGuard.answering { (policy) throws(PythonException) in
            let given = unsafe try Arguments(arguments, count, keywords, of: "dir", 0...1)
            let names = unsafe try PythonReference(checking: PyObject_Dir(count == 0 ? nil : given[0]))
            let result = try PythonReference.list()
            for index in unsafe 0..<CPython_List_GET_SIZE(names.pointer) {
                let name = unsafe CPython_List_GET_ITEM(names.pointer, index)
                guard unsafe CPython_Unicode_CheckExact(name) == 0 || !policy.names.isRefused(attribute: name) else {
                    continue
                }
                unsafe try checking(PyList_Append(result.pointer, name))
            }
            return result
        }
    }

    /// What is raised when a refused attribute is asked for by its name as a string.
    func refusal(of name: borrowing PythonReference) -> PythonException {
        let text = unsafe (try? PythonText.string(name.pointer)) ?? "?"
        return unsafe PythonException.make(
            CPython_Exc_AttributeError(),
            "the attribute '\(text)' is not available to tasks: it is \(self.names.reason(for: text) ?? "refused")"
        )
    }
}

/// The positional arguments of a call, counted and without keywords.
@safe
struct Arguments {
    private let values: UnsafePointer<PyPointer?>?

    init(
        _ values: UnsafePointer<PyPointer?>?,
        _ count: Py_ssize_t,
        _ keywords: PyPointer?,
        of name: StaticString,
        _ expected: ClosedRange<Int>
    ) throws(PythonException) {
        guard unsafe keywords.map({ unsafe CPython_Tuple_GET_SIZE($0) == 0 }) ?? true else {
            throw unsafe PythonException.make(CPython_Exc_TypeError(), "\(name)() takes no keyword arguments")
        }
        guard expected.contains(count) else {
            throw unsafe PythonException.make(
                CPython_Exc_TypeError(),
                "\(name) expected \(expected.lowerBound == expected.upperBound ? "" : "at least ")"
                    + "\(expected.lowerBound) arguments, got \(count)"
            )
        }
        unsafe self.values = unsafe values
    }

    /// The argument at a position below the count that was checked. Borrowed.
    subscript(index: Int) -> PyPointer {
        guard let value = unsafe self.values?[index] else { preconditionFailure("no argument \(index)") }
        return unsafe value
    }
}
