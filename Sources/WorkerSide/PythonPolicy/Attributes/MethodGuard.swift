import CPython
import PythonRuntime

/// Guards methods of C types that lead into the interpreter: `type.__subclasses__`, `str.format` and `str.format_map`,
/// and `object.__getstate__`.
final class MethodGuard {
    /// The original method definitions, which the guard's functions call.
    @safe
    private struct Originals {
        var subclasses: PyMethodDef?
        var format: PyMethodDef?
        var formatMap: PyMethodDef?
        var getState: PyMethodDef?
    }

    private let context: PolicyContext
    private var originals = Originals()

    init(_ context: PolicyContext) {
        self.context = context
    }

    func install() throws(PythonException) {
        unsafe self.originals.subclasses = unsafe try MethodPatch.replace(
            "__subclasses__",
            of: .type,
            flags: METH_NOARGS
        ) { receiver, _ in
            PolicyGuard.answering { (policy) throws(PythonException) in
                let original = unsafe policy.methods.originals.subclasses?.ml_meth
                let all = unsafe try PythonReference(checking: original?(receiver, nil))
                guard let type = unsafe BorrowedReference(receiver).flatMap({ TypeObject($0) }) else { return all }
                return try policy.methods.visibleSubclasses(all, of: type)
            }
        }
        unsafe self.originals.formatMap = unsafe try MethodPatch.replace(
            "format_map",
            of: .string,
            flags: METH_O
        ) { receiver, mapping in
            PolicyGuard.answeringAsDeputy { (policy) throws(PythonException) in
                if let text = unsafe BorrowedReference(receiver) { try policy.methods.checkFormat(text) }
                let original = unsafe policy.methods.originals.formatMap?.ml_meth
                return unsafe try PythonReference(checking: original?(receiver, mapping))
            }
        }
        unsafe self.originals.getState = unsafe try MethodPatch.replace(
            "__getstate__",
            of: .baseObject,
            flags: METH_NOARGS
        ) { receiver, _ in
            PolicyGuard.answering { (policy) throws(PythonException) in
                if let object = unsafe BorrowedReference(receiver) { try ObjectState.check(object) }
                let original = unsafe policy.methods.originals.getState?.ml_meth
                return unsafe try PythonReference(checking: original?(receiver, nil))
            }
        }
        let format: PyCFunctionWithKeywords = { receiver, arguments, keywords in
            PolicyGuard.answeringAsDeputy { (policy) throws(PythonException) in
                if let text = unsafe BorrowedReference(receiver) { try policy.methods.checkFormat(text) }
                guard let original = unsafe policy.methods.originals.format?.ml_meth else { return .none }
                return unsafe try PythonReference(
                    checking: CPython_callWithKeywords(original, receiver, arguments, keywords)
                )
            }
        }
        unsafe self.originals.format = unsafe try MethodPatch.replace(
            "format",
            of: .string,
            flags: METH_VARARGS | METH_KEYWORDS,
            CPython_erasingKeywords(format)
        )
    }

    /// The subclasses that the caller may see. A task sees its own classes and those of allowed modules; library code
    /// also those of external packages.
    ///
    /// Library code also sees all other subclasses if the receiver is a class that no task may see. The caller alone
    /// cannot decide, because a task can make library code call the method.
    private func visibleSubclasses(
        _ all: consuming PythonReference,
        of type: TypeObject
    ) throws(PythonException) -> PythonReference {
        let frame = InnermostFrame()
        let isLibrary = frame?.builtins == self.context.realBuiltins.object
        if isLibrary, try self.definingModule(of: type).map({ !self.isVisible($0, toLibraries: true) }) ?? false {
            return all
        }
        let result = try PythonReference.list()
        let hidden = try PythonReference.list()
        for subclass in unsafe all.list {
            let module = try TypeObject(subclass).flatMap { (type) throws(PythonException) in
                try self.definingModule(of: type)
            }
            if let module, self.isVisible(module, toLibraries: isLibrary) {
                try result.append(subclass)
            } else {
                try hidden.append(subclass)
            }
        }
        if isLibrary, let code = frame.flatMap({ CodeObject($0.code) }),
            self.context.libraries.origin(of: code) == .standard("abc.py"), let frame = CallingFrame(),
            frame.functionName == "__subclasscheck__"
        {
            try self.addAnswer(of: hidden, to: result, frame)
        }
        return result
    }

    /// Completes the list for the function behind `issubclass(subclass, abc)`, which asks each subclass of an abstract
    /// class whether `subclass` is derived from it. If a hidden subclass would answer yes, `object` is added, which
    /// answers yes for every class.
    private func addAnswer(
        of hidden: borrowing PythonReference,
        to result: borrowing PythonReference,
        _ frame: borrowing CallingFrame
    ) throws(PythonException) {
        guard let subclass = try frame.local("subclass") else { return }
        for type in unsafe hidden.list {
            let candidate = type.owned
            guard unsafe try checking(PyObject_IsSubclass(subclass.pointer, candidate.pointer)) == 0 else {
                try result.append(TypeObject.baseObject.object)
                return
            }
        }
    }

    /// The module that a class names in `__module__`; nil for a C type that names none.
    private func definingModule(of type: TypeObject) throws(PythonException) -> String? {
        guard let module = type.dictionary?[self.context.names.module], module.isString else { return nil }
        return try PythonText.string(module)
    }

    private func isVisible(_ module: String, toLibraries isLibrary: Bool) -> Bool {
        module == "__main__" || self.context.imports.decision(on: module) == .allowed
            || (isLibrary && !self.context.imports.isStandard(module))
    }

    /// Refuses a format string whose fields read a refused attribute.
    private func checkFormat(_ text: BorrowedReference) throws(PythonException) {
        for name in try FormatFields.attributes(of: text) {
            guard let reason = self.context.names.reason(for: name) else { continue }
            throw PythonException.make(
                .attributeError,
                "a format field must not read the attribute '\(name)': it is \(reason)"
            )
        }
    }
}
