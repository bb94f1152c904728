import CPython

/// Methods of C types that lead out, guarded in place: the descriptor stays, the function behind it is ours.
extension PolicyGuard {
    /// The functions that ours stand in for.
    // Safety: written once, before the first task, by the only thread there is then.
    nonisolated(unsafe) private static var originals = OriginalMethods()

    @safe
    private struct OriginalMethods {
        var subclasses: PyMethodDef?
        var format: PyMethodDef?
        var formatMap: PyMethodDef?
        var getState: PyMethodDef?
    }

    func guardMethods() throws(PythonException) {
        unsafe Self.originals.subclasses = unsafe try self.swap(CPython_Type_Type(), "__subclasses__", METH_NOARGS) {
            receiver,
            _ in
            unsafe PolicyGuard.answering { (policy) throws(PythonException) in
                unsafe try policy.visibleSubclasses(
                    PythonReference(
                        checking: PolicyGuard.originals.subclasses?.ml_meth?(receiver, nil)
                    )
                )
            }
        }
        unsafe Self.originals.formatMap = unsafe try self.swap(CPython_Unicode_Type(), "format_map", METH_O) {
            receiver,
            mapping in
            unsafe PolicyGuard.answering { (policy) throws(PythonException) in
                if let receiver = unsafe receiver { unsafe try policy.checkFormat(receiver) }
                return unsafe try PythonReference(
                    checking: PolicyGuard.originals.formatMap?.ml_meth?(receiver, mapping)
                )
            }
        }
        unsafe Self.originals.getState = unsafe try self.swap(CPython_BaseObject_Type(), "__getstate__", METH_NOARGS) {
            receiver,
            _ in
            unsafe PolicyGuard.answering { (_) throws(PythonException) in
                guard let receiver = unsafe receiver else { return .none }
                unsafe try PolicyGuard.checkState(of: receiver)
                return unsafe try PythonReference(checking: PolicyGuard.originals.getState?.ml_meth?(receiver, nil))
            }
        }
        unsafe Self.originals.format = unsafe try self.swapWithKeywords(CPython_Unicode_Type(), "format") {
            receiver,
            arguments,
            keywords in
            unsafe PolicyGuard.answering { (policy) throws(PythonException) in
                if let receiver = unsafe receiver { unsafe try policy.checkFormat(receiver) }
                guard let function = unsafe PolicyGuard.originals.format?.ml_meth else { return .none }
                return unsafe try PythonReference(
                    checking: CPython_callWithKeywords(function, receiver, arguments, keywords)
                )
            }
        }
    }

    private func methodDescriptor(
        _ type: UnsafeMutablePointer<PyTypeObject>,
        _ name: StaticString,
        _ flags: Int32
    ) throws(PythonException) -> UnsafeMutablePointer<PyMethodDescrObject> {
        guard let dictionary = unsafe type.pointee.tp_dict,
            let descriptor = unsafe PyDict_GetItemString(dictionary, name.cString),
            unsafe CPython_TYPE(descriptor) == CPython_MethodDescr_Type()
        else {
            throw unsafe PythonException.make(
                CPython_Exc_SystemError(),
                "this interpreter has no method \(name) to guard"
            )
        }
        let method = unsafe UnsafeMutableRawPointer(descriptor).assumingMemoryBound(to: PyMethodDescrObject.self)
        // The descriptor's way of calling was chosen by these flags, so they must stay.
        guard unsafe method.pointee.d_method.pointee.ml_flags == flags else {
            throw unsafe PythonException.make(
                CPython_Exc_SystemError(),
                "the method \(name) is called differently here"
            )
        }
        return unsafe method
    }

    private func swap(
        _ type: UnsafeMutablePointer<PyTypeObject>,
        _ name: StaticString,
        _ flags: Int32,
        _ function: @escaping PyCFunction
    ) throws(PythonException) -> PyMethodDef {
        let method = unsafe try self.methodDescriptor(type, name, flags)
        let original = unsafe method.pointee.d_method.pointee
        let definition = UnsafeMutablePointer<PyMethodDef>.allocate(capacity: 1)
        unsafe definition.initialize(to: original)
        unsafe definition.pointee.ml_meth = unsafe function
        unsafe method.pointee.d_method = unsafe definition
        return unsafe original
    }

    private func swapWithKeywords(
        _ type: UnsafeMutablePointer<PyTypeObject>,
        _ name: StaticString,
        _ function: @escaping PyCFunctionWithKeywords
    ) throws(PythonException) -> PyMethodDef {
        unsafe try self.swap(type, name, METH_VARARGS | METH_KEYWORDS, CPython_erasingKeywords(function))
    }

    // MARK: Subclasses

    /// Leaves out of a list of classes what the caller has no business with.
    private func visibleSubclasses(_ all: consuming PythonReference) throws(PythonException) -> PythonReference {
        var isLibrary = false
        if let frame = CallingFrame(), unsafe frame.hasBuiltins(self.realBuiltins),
            let origin = unsafe self.callers.origin(of: frame.code)
        {
            // These only compare what they get.
            switch (origin, frame.functionName) {
            case (.standard("abc.py"), _), (.standard("_py_abc.py"), _), (.standard("functools.py"), "_compose_mro"):
                return all
            default:
                isLibrary = true
            }
        }
        let result = try PythonReference.list()
        for index in unsafe 0..<CPython_List_GET_SIZE(all.pointer) {
            let subclass = unsafe CPython_List_GET_ITEM(all.pointer, index)
            let type = unsafe UnsafeMutableRawPointer(subclass).assumingMemoryBound(to: PyTypeObject.self)
            guard let dictionary = unsafe type.pointee.tp_dict,
                let module = unsafe PyDict_GetItem(dictionary, self.names.module),
                unsafe CPython_Unicode_Check(module) != 0
            else { continue }
            let name = unsafe try PythonText.string(module)
            let isVisible =
                name == "__main__" || self.imports.verdict(on: name) == .allowed
                || (isLibrary && !self.imports.isStandard(name))
            if isVisible { unsafe try checking(PyList_Append(result.pointer, subclass)) }
        }
        return result
    }

    // MARK: Formats

    /// Refuses a format string whose fields read a refused attribute.
    private func checkFormat(_ text: PyPointer) throws(PythonException) {
        guard
            let name = unsafe try FormatFields.attributes(of: text).first(where: { self.names.reason(for: $0) != nil })
        else {
            return
        }
        throw unsafe PythonException.make(
            CPython_Exc_AttributeError(),
            "a format field must not read the attribute '\(name)': it is \(self.names.reason(for: name) ?? "refused")"
        )
    }

    // MARK: State

    /// Refuses the state of a class, and does for instances what the caller of the original does.
    ///
    /// CPython 3.11 answers `object.__getstate__(int)` with the real dictionary of the class, through which a task could
    /// change every guard. The original is not told by our stand-in whether the state is for rebuilding the object, so the
    /// test that belongs to that (`object_getstate_default` in typeobject.c) is made here, for every call.
    private static func checkState(of object: PyPointer) throws(PythonException) {
        guard unsafe CPython_Type_Check(object) == 0 else {
            throw unsafe PythonException.make(CPython_Exc_TypeError(), "a class has no state to copy")
        }
        // A type with its own way of being rebuilt asks for the state without that test.
        let base = unsafe CPython_BaseObject_Type()
        for method: StaticString in ["__reduce__", "__reduce_ex__"] {
            let name = try PythonText.interned(method)
            guard unsafe _PyType_Lookup(CPython_TYPE(object), name.pointer) == _PyType_Lookup(base, name.pointer) else {
                return
            }
        }
        guard unsafe CPython_List_Check(object) == 0, unsafe CPython_Dict_Check(object) == 0 else { return }
        for name: StaticString in ["__getnewargs_ex__", "__getnewargs__"] {
            if let method = unsafe PyObject_GetAttrString(object, name.cString) {
                unsafe CPython_DECREF(method)
                return
            }
            guard unsafe PyErr_ExceptionMatches(CPython_Exc_AttributeError()) != 0 else {
                throw PythonException.takePending()
            }
            PyErr_Clear()
        }
        let type = unsafe CPython_TYPE(object)
        let typeObject = unsafe UnsafeMutableRawPointer(type).assumingMemoryBound(to: PyObject.self)
        // Owned: what is called below may run code of the task that gives the object another class.
        let typeOwner = unsafe PythonReference(borrowing: typeObject)
        var size = unsafe CPython_BaseObject_Type().pointee.tp_basicsize
        if unsafe type.pointee.tp_dictoffset != 0, unsafe type.pointee.tp_flags & UInt(Py_TPFLAGS_MANAGED_DICT) == 0 {
            unsafe size += MemoryLayout<PyPointer>.size
        }
        if unsafe type.pointee.tp_weaklistoffset > 0 { unsafe size += MemoryLayout<PyPointer>.size }
        if unsafe type.pointee.tp_itemsize == 0, unsafe type.pointee.tp_basicsize > size {
            let copyreg = try PythonReference.importing("copyreg")
            let function = try copyreg.attribute("_slotnames")
            let slots = unsafe try PythonReference(
                checking: PyObject_CallOneArg(function.pointer, typeOwner.pointer)
            )
            if unsafe CPython_List_Check(slots.pointer) != 0 {
                unsafe size += MemoryLayout<PyPointer>.size * CPython_List_GET_SIZE(slots.pointer)
            }
        }
        guard unsafe type.pointee.tp_itemsize == 0, unsafe type.pointee.tp_basicsize <= size else {
            throw unsafe PythonException.make(
                CPython_Exc_TypeError(),
                unsafe "cannot pickle '\(String(cString: type.pointee.tp_name))' object"
            )
        }
    }
}
