import CPython
import PythonRuntime

/// Replaces the C function of a method or built-in function by one of the guard's. It writes to CPython's structures in
/// place: the descriptor or function object stays the same, so that references to it that were taken earlier are guarded
/// too.
enum MethodPatch {
    /// Replaces the function of a method of a C type.
    ///
    /// - Parameters:
    ///   - name: The method's name.
    ///   - type: The C type that has the method.
    ///   - flags: The calling convention (`METH_…`). CPython chose the descriptor's vectorcall function by these flags,
    ///     so they must match the original's and are not changed.
    ///   - function: The C function that replaces the original.
    /// - Returns: The original definition.
    /// - Throws: A `SystemError` when the interpreter has no such method.
    static func replace(
        _ name: StaticString,
        of type: TypeObject,
        flags: Int32,
        _ function: @escaping PyCFunction
    ) throws(PythonException) -> PyMethodDef {
        guard let descriptor = type.dictionary?[name],
            unsafe descriptor.type.pointer == CPython_MethodDescr_Type()
        else { throw PythonException.make(.systemError, "this interpreter has no method \(name) to guard") }
        let method = unsafe descriptor.layout(as: PyMethodDescrObject.self)
        let original = unsafe method.pointee.d_method.pointee
        guard unsafe original.ml_flags == flags else {
            throw PythonException.make(.systemError, "the method \(name) is called differently here")
        }
        // Never freed: the descriptor points to the definition.
        let definition = UnsafeMutablePointer<PyMethodDef>.allocate(capacity: 1)
        unsafe definition.initialize(to: original)
        unsafe definition.pointee.ml_meth = unsafe function
        unsafe method.pointee.d_method = unsafe definition
        return unsafe original
    }

    /// Replaces the function of a built-in function.
    ///
    /// - Returns: A function object that calls the original C function. Lives as long as the process.
    /// - Throws: A `SystemError` when the interpreter has no such built-in, or a `MemoryError`.
    static func replaceBuiltin(
        _ name: StaticString,
        in builtins: DictionaryObject,
        _ function: FastcallFunction
    ) throws(PythonException) -> BorrowedReference {
        guard let builtin = builtins[name], builtin.isBuiltinFunction else {
            throw PythonException.make(.systemError, "this interpreter has no built-in \(name)")
        }
        let object = unsafe builtin.layout(as: PyCFunctionObject.self)
        let original = unsafe try PythonReference(
            checking: PyCMethod_New(object.pointee.m_ml, object.pointee.m_self, nil, nil)
        )
        let guarded = unsafe try PythonFunction.make(name, function)
        let replacement = unsafe guarded.borrowed.layout(as: PyCFunctionObject.self)
        // Safety: the method definition and the vectorcall function come from the same function object, and the
        // definition lives as long as the process.
        unsafe object.pointee.m_ml = unsafe replacement.pointee.m_ml
        unsafe object.pointee.vectorcall = unsafe replacement.pointee.vectorcall
        return original.leak()
    }

    /// Replaces the function behind a slot wrapper, such as `__eq__`, in a type's dictionary, if there is one.
    static func replaceSlotWrapper(
        _ name: StaticString,
        in dictionary: DictionaryObject,
        _ function: UnsafeMutableRawPointer
    ) {
        guard let descriptor = dictionary[name], unsafe descriptor.type.pointer == CPython_WrapperDescr_Type() else {
            return
        }
        unsafe descriptor.layout(as: PyWrapperDescrObject.self).pointee.d_wrapped = unsafe function
    }
}
