import CPython
import PythonRuntime

/// A task's versions of `getattr`, `hasattr`, `setattr`, `delattr` and `dir`. They refuse or leave out the refused
/// names, and otherwise behave like the interpreter's own.
///
/// The guarded descriptors do not depend on these functions. The functions give a refusal a clear message, and cover
/// attributes that have no descriptor. They run as ``Deputies``, because a task can pass them to a library as callbacks.
enum AttributeFunctions {
    /// The name of one of the functions, and its C implementation.
    @safe
    struct Function {
        let name: StaticString
        let body: FastcallFunction
    }

    static let all: [Function] = [
        unsafe Function(name: "getattr", body: AttributeFunctions.getattr),
        unsafe Function(name: "hasattr", body: AttributeFunctions.hasattr),
        unsafe Function(name: "setattr", body: AttributeFunctions.setattr),
        unsafe Function(name: "delattr", body: AttributeFunctions.delattr),
        unsafe Function(name: "dir", body: AttributeFunctions.dir),
    ]

    /// The receiver and the name of a call on the fast path: positional arguments, and an exact `str` that is not a
    /// refused name. Nil for any other call, which takes the general path. The fast path exists because loops call
    /// these functions often.
    private static func ordinary(
        _ arguments: UnsafePointer<PyPointer?>?,
        _ count: Py_ssize_t,
        _ keywords: PyPointer?
    ) -> (receiver: BorrowedReference, name: BorrowedReference, deputies: Deputies)? {
        guard unsafe keywords == nil, count >= 2, let receiver = unsafe BorrowedReference(arguments?[0] ?? nil),
            let name = unsafe BorrowedReference(arguments?[1] ?? nil), name.isExactString,
            let policy = unsafe PolicyGuard.current, !policy.context.names.isRefused(attribute: name)
        else { return nil }
        return (receiver, name, policy.attributes.deputies)
    }

    static let getattr: FastcallFunction = { _, arguments, count, keywords in
        if count <= 3, let call = unsafe AttributeFunctions.ordinary(arguments, count, keywords) {
            guard count == 3 else {
                return unsafe call.deputies.run {
                    unsafe PyObject_GetAttr(call.receiver.pointer, call.name.pointer)
                }
            }
            var value: PyPointer?
            let found = call.deputies.run {
                unsafe CPython_Object_lookupAttribute(call.receiver.pointer, call.name.pointer, &value)
            }
            guard found == 0, let fallback = unsafe arguments?[2] else { return unsafe value }
            unsafe CPython_INCREF(fallback)
            return unsafe fallback
        }
        return PolicyGuard.answeringAsDeputy { (policy) throws(PythonException) in
            let given = unsafe try CallArguments(arguments, count, keywords, of: "getattr", 2...3)
            let name = try PythonText.exact(given[1])
            if policy.context.names.isRefused(attribute: name) {
                guard count < 3 else { return given[2].owned }
                throw AttributeFunctions.refusal(of: name, policy.context.names)
            }
            guard count == 3 else { return try given[0].attribute(name) }
            return try given[0].attributeIfPresent(name) ?? given[2].owned
        }
    }

    private static let hasattr: FastcallFunction = { _, arguments, count, keywords in
        if count == 2, let call = unsafe AttributeFunctions.ordinary(arguments, count, keywords) {
            var value: PyPointer?
            let found = call.deputies.run {
                unsafe CPython_Object_lookupAttribute(call.receiver.pointer, call.name.pointer, &value)
            }
            unsafe CPython_XDECREF(value)
            guard found >= 0 else { return nil }
            return unsafe (found == 1 ? BorrowedReference.true : .false).owned.release()
        }
        return PolicyGuard.answeringAsDeputy { (policy) throws(PythonException) in
            let given = unsafe try CallArguments(arguments, count, keywords, of: "hasattr", 2...2)
            let name = try PythonText.exact(given[1])
            guard !policy.context.names.isRefused(attribute: name) else {
                return BorrowedReference.false.owned
            }
            let value = try given[0].attributeIfPresent(name)
            return value == nil ? BorrowedReference.false.owned : BorrowedReference.true.owned
        }
    }

    private static let setattr: FastcallFunction = { _, arguments, count, keywords in
        PolicyGuard.answeringAsDeputy { (policy) throws(PythonException) in
            let given = unsafe try CallArguments(arguments, count, keywords, of: "setattr", 3...3)
            let name = try PythonText.exact(given[1])
            guard !policy.context.names.isRefused(attribute: name) else {
                throw AttributeFunctions.refusal(of: name, policy.context.names)
            }
            try given[0].setAttribute(name, given[2])
            return .none
        }
    }

    private static let delattr: FastcallFunction = { _, arguments, count, keywords in
        PolicyGuard.answeringAsDeputy { (policy) throws(PythonException) in
            let given = unsafe try CallArguments(arguments, count, keywords, of: "delattr", 2...2)
            let name = try PythonText.exact(given[1])
            guard !policy.context.names.isRefused(attribute: name) else {
                throw AttributeFunctions.refusal(of: name, policy.context.names)
            }
            try given[0].setAttribute(name, nil)
            return .none
        }
    }

    private static let dir: FastcallFunction = { _, arguments, count, keywords in
        PolicyGuard.answering { (policy) throws(PythonException) in
            let given = unsafe try CallArguments(arguments, count, keywords, of: "dir", 0...1)
            let receiver = count == 0 ? nil : given[0]
            let names = unsafe try PythonReference(checking: PyObject_Dir(receiver?.pointer))
            let result = try PythonReference.list()
            for name in unsafe names.list
            where !name.isExactString || !policy.context.names.isRefused(attribute: name) {
                try result.append(name)
            }
            return result
        }
    }

    /// The exception for a refused attribute that is named by a string.
    private static func refusal(of name: borrowing PythonReference, _ names: PolicyNames) -> PythonException {
        let text = (try? PythonText.string(name)) ?? "?"
        return PythonException.make(
            .attributeError,
            "the attribute '\(text)' is not available to tasks: it is \(names.reason(for: text) ?? "refused")"
        )
    }
}
