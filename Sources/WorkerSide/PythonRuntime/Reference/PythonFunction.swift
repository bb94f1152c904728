public import CPython

/// A C function with CPython's fastcall convention. Its arguments are self, the positional arguments followed by the
/// keyword values, the number of positional arguments, and the tuple of keyword names or NULL. All arguments are
/// borrowed. It returns an owned result, or NULL with an exception set.
public typealias FastcallFunction =
    @convention(c) (
        PyPointer?, UnsafePointer<PyPointer?>?, Py_ssize_t, PyPointer?
    ) -> PyPointer?

/// Python functions written in Swift.
public enum PythonFunction {
    /// Makes a built-in function.
    ///
    /// - Parameters:
    ///   - name: The function's `__name__`.
    ///   - documentation: Its `__doc__`.
    ///   - receiver: The function's first argument, which Python sees as its `__self__`; nil for none.
    ///   - function: A closure without captures.
    /// - Returns: The function object.
    /// - Throws: A `MemoryError`.
    @safe
    public static func make(
        _ name: StaticString,
        documentation: StaticString? = nil,
        receiver: BorrowedReference? = nil,
        _ function: FastcallFunction
    ) throws(PythonException) -> PythonReference {
        // Never freed: the function object points to the definition, and Python code may keep the function for as long
        // as the interpreter lives.
        let definition = UnsafeMutablePointer<PyMethodDef>.allocate(capacity: 1)
        unsafe definition.initialize(to: PyMethodDef())
        // Safety: a StaticString's bytes are NUL-terminated and live as long as the process.
        let result = unsafe CPython_newFastcallFunction(
            definition,
            name.cString,
            function,
            documentation?.cString,
            receiver?.pointer
        )
        return try unsafe PythonReference(checking: result)
    }

    /// Runs the Swift body of a C function. Its result becomes the function's result, and a thrown error the pending
    /// exception.
    @safe
    public static func answer(_ body: () throws(PythonException) -> PythonReference) -> PyPointer? {
        do {
            return unsafe try body().release()
        } catch {
            error.restore()
            return nil
        }
    }
}
