import CPython

/// A C function as Python calls it: self, the positional arguments followed by the keyword values, the number of
/// positional arguments, and the tuple of keyword names or NULL. All borrowed; answers an owned result or NULL with an
/// exception set.
typealias FastcallFunction =
    @convention(c) (
        PyPointer?, UnsafePointer<PyPointer?>?, Py_ssize_t, PyPointer?
    ) -> PyPointer?

/// Python functions written in Swift.
enum PythonFunction {
    /// Makes a built-in function.
    ///
    /// - Parameters:
    ///   - name: The function's `__name__`.
    ///   - documentation: Its `__doc__`.
    ///   - receiver: What the function gets as its first argument, and what its `__self__` shows to Python; none leads
    ///     nowhere.
    ///   - function: A closure without captures.
    /// - Returns: The function object.
    /// - Throws: A `MemoryError`.
    static func make(
        _ name: StaticString,
        documentation: StaticString? = nil,
        receiver: PyPointer? = nil,
        _ function: FastcallFunction
    ) throws(PythonException) -> PythonReference {
        // Never freed: the function object points into it, and functions may outlive anything we could tie it to.
        let definition = UnsafeMutablePointer<PyMethodDef>.allocate(capacity: 1)
        unsafe definition.initialize(to: PyMethodDef())
        // Safety: a StaticString's bytes are NUL-terminated and live as long as the process.
        let result = unsafe CPython_newFastcallFunction(
            definition,
            UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self),
            function,
            documentation.map { unsafe UnsafeRawPointer($0.utf8Start).assumingMemoryBound(to: CChar.self) },
            receiver
        )
        return try unsafe PythonReference(checking: result)
    }

    /// Runs the Swift body of a C function: its result becomes the function's, its error the pending exception.
    static func answer(_ body: () throws(PythonException) -> PythonReference) -> PyPointer? {
        do {
            return unsafe try body().release()
        } catch {
            error.restore()
            return nil
        }
    }
}
