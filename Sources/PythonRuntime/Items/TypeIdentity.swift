import CPython

/// What a type is called, read from the type object's own storage, so that no metaclass can answer for it.
enum TypeIdentity {
    /// Module and qualified name with a dot between, such as `datetime.date`.
    static func name(of type: UnsafeMutablePointer<PyTypeObject>) -> String {
        guard unsafe type.pointee.tp_flags & UInt(CPython_TypeFlag_heap()) != 0 else {
            // A static type carries its module in its C name; built-in ones have none.
            return unsafe String(cString: type.pointee.tp_name)
        }
        let name = unsafe Self.text(PyType_GetQualName(type)) ?? String(cString: type.pointee.tp_name)
        guard let key = try? PythonText.interned("__module__"),
            let module = unsafe PyDict_GetItemWithError(type.pointee.tp_dict, key.pointer),
            unsafe CPython_Unicode_Check(module) != 0,
            let text = unsafe try? PythonText.string(module)
        else {
            PyErr_Clear()
            return name
        }
        return "\(text).\(name)"
    }

    /// How the type is named to the author: built-in types and the task's own without a module.
    static func displayName(of type: UnsafeMutablePointer<PyTypeObject>) -> String {
        let name = unsafe Self.name(of: type)
        for module in ["builtins.", "__main__."] where name.hasPrefix(module) {
            return ExceptionText.bounded(String(name.dropFirst(module.count)), to: 200)
        }
        return ExceptionText.bounded(name, to: 200)
    }

    /// How the type of an object is named to the author.
    static func displayName(ofValue value: PyPointer) -> String {
        unsafe Self.displayName(of: CPython_TYPE(value))
    }

    /// Whether the type or any of its bases satisfies `predicate` by name.
    static func anyBase(
        of type: UnsafeMutablePointer<PyTypeObject>,
        where predicate: (String) -> Bool
    ) -> Bool {
        guard let bases = unsafe type.pointee.tp_mro else { return unsafe predicate(Self.name(of: type)) }
        // Safety: the method resolution order is a tuple of types, which the type keeps alive.
        let count = unsafe CPython_Tuple_GET_SIZE(bases)
        for index in 0..<count {
            let base = unsafe CPython_Tuple_GET_ITEM(bases, index)
            guard unsafe CPython_Type_Check(base) != 0 else { continue }
            let type = unsafe UnsafeMutableRawPointer(base).assumingMemoryBound(to: PyTypeObject.self)
            if unsafe predicate(Self.name(of: type)) { return true }
        }
        return false
    }

    private static func text(_ result: PyPointer?) -> String? {
        guard let reference = unsafe try? PythonReference(checking: result) else { return nil }
        return unsafe try? PythonText.string(reference.pointer)
    }
}
