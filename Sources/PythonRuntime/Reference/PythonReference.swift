import CPython

/// A borrowed pointer to a Python object; whoever holds it must know who owns the object.
typealias PyPointer = UnsafeMutablePointer<PyObject>

/// One strong reference to a Python object, given back when this value ends.
///
/// Must be created and ended by the thread that holds the interpreter lock: in this process the main thread, or the
/// thread that runs a C function called by Python.
@safe
struct PythonReference: ~Copyable {
    /// The object, borrowed for as long as this value lives. Bind the owning value to a name before passing this on.
    let pointer: PyPointer

    /// Takes over a reference that the caller owns, such as the result of most C API calls.
    init(owning pointer: PyPointer) {
        unsafe self.pointer = unsafe pointer
    }

    /// Makes a new reference to an object that somebody else keeps alive right now.
    init(borrowing pointer: PyPointer) {
        // Safety: the caller vouches that the object is alive.
        unsafe CPython_INCREF(pointer)
        unsafe self.pointer = unsafe pointer
    }

    /// Takes over the result of a C API call that answers NULL and sets an exception on failure.
    ///
    /// - Throws: The pending exception, which is pending no longer.
    init(checking result: PyPointer?) throws(PythonException) {
        guard let pointer = unsafe result else { throw PythonException.takePending() }
        unsafe self.pointer = unsafe pointer
    }

    /// Makes a new reference to a borrowed result that is NULL, with an exception set, on failure.
    ///
    /// - Throws: The pending exception, which is pending no longer.
    init(checkingBorrowed result: PyPointer?) throws(PythonException) {
        guard let pointer = unsafe result else { throw PythonException.takePending() }
        unsafe self.init(borrowing: pointer)
    }

    deinit {
        // Safety: this value owned exactly one reference.
        unsafe CPython_DECREF(self.pointer)
    }

    /// Hands the reference to the caller, for C API calls that steal it and for results of C functions.
    consuming func release() -> PyPointer {
        let pointer = unsafe self.pointer
        discard self
        return unsafe pointer
    }

    /// Another reference to the same object.
    func duplicate() -> PythonReference {
        unsafe PythonReference(borrowing: self.pointer)
    }

    /// A new reference to `None`.
    static var none: PythonReference {
        unsafe PythonReference(borrowing: CPython_None())
    }
}

/// Turns the `-1 with an exception set` convention of the C API into a Swift error.
///
/// - Returns: `status`, when it is not negative.
/// - Throws: The pending exception, which is pending no longer.
@discardableResult
func checking(_ status: Int32) throws(PythonException) -> Int32 {
    guard status >= 0 else { throw PythonException.takePending() }
    return status
}
