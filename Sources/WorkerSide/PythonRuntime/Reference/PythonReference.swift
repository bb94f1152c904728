public import CPython

/// A pointer to a Python object in the C API. Whether it is owned or borrowed is documented at each call.
public typealias PyPointer = UnsafeMutablePointer<PyObject>

/// An owned reference to a Python object, which is released when this value ends.
///
/// Values must be created and released on the thread that holds the interpreter lock: the main thread, or a thread that
/// runs a C function called by Python.
@safe
public struct PythonReference: ~Copyable {
    /// The object, borrowed for as long as this value lives. Bind this value to a name before passing the pointer on.
    public let pointer: PyPointer

    /// Takes over a reference that the caller owns, such as the result of most C API calls.
    public init(owning pointer: PyPointer) {
        unsafe self.pointer = unsafe pointer
    }

    /// Makes a new reference to a borrowed object, which must be alive.
    public init(borrowing pointer: PyPointer) {
        // Safety: the caller makes sure that the object is alive.
        unsafe CPython_INCREF(pointer)
        unsafe self.pointer = unsafe pointer
    }

    /// Takes over the result of a C API call that returns NULL and sets an exception on failure.
    ///
    /// - Throws: The pending exception, which is cleared.
    public init(checking result: PyPointer?) throws(PythonException) {
        guard let pointer = unsafe result else { throw PythonException.takePending() }
        unsafe self.pointer = unsafe pointer
    }

    /// Makes a new reference to the borrowed result of a C API call that returns NULL and sets an exception on failure.
    ///
    /// - Throws: The pending exception, which is cleared.
    public init(checkingBorrowed result: PyPointer?) throws(PythonException) {
        guard let pointer = unsafe result else { throw PythonException.takePending() }
        unsafe self.init(borrowing: pointer)
    }

    deinit {
        // Safety: this value owned exactly one reference.
        unsafe CPython_DECREF(self.pointer)
    }

    /// Transfers the reference to the caller, for C API calls that steal it and for results of C functions.
    public consuming func release() -> PyPointer {
        let pointer = unsafe self.pointer
        discard self
        return unsafe pointer
    }

    /// Leaks the reference, so that the object lives as long as the process.
    @discardableResult
    public consuming func leak() -> BorrowedReference {
        unsafe BorrowedReference(self.release())
    }

    /// Another reference to the same object.
    public func duplicate() -> PythonReference {
        unsafe PythonReference(borrowing: self.pointer)
    }

    /// A new reference to `None`.
    public static var none: PythonReference {
        unsafe PythonReference(borrowing: CPython_None())
    }
}

/// Converts the C API's failure convention, -1 with an exception set, into a Swift error.
///
/// - Returns: `status`, when it is not negative.
/// - Throws: The pending exception, which is cleared.
@discardableResult
public func checking(_ status: Int32) throws(PythonException) -> Int32 {
    guard status >= 0 else { throw PythonException.takePending() }
    return status
}
