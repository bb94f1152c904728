import CPython

/// A Python exception, taken from the interpreter so that none is pending while it travels through Swift code.
///
/// A class, because Swift errors must be copyable. Only for the thread that holds the interpreter lock.
@safe
final class PythonException: Error, @unchecked Sendable {
    /// The exception instance, with its traceback attached. Borrowed for as long as this object lives.
    let pointer: PyPointer

    private init(owning pointer: PyPointer) {
        unsafe self.pointer = unsafe pointer
    }

    deinit {
        // Safety: this object owned exactly one reference.
        unsafe CPython_DECREF(self.pointer)
    }

    /// Takes the pending exception, normalised to an instance. Afterwards none is pending.
    ///
    /// A C API call that fails without setting one is a bug of the callee; it is reported as a `SystemError`
    /// rather than trusted to be impossible.
    static func takePending() -> PythonException {
        if unsafe PyErr_Occurred() == nil {
            unsafe PyErr_SetString(CPython_Exc_SystemError(), "a call failed without saying why")
        }
        // Before anything is allocated, this object included.
        if unsafe PyErr_ExceptionMatches(CPython_Exc_MemoryError()) != 0 { MemoryReserve.open() }
        var type: PyPointer?
        var value: PyPointer?
        var traceback: PyPointer?
        // Safety: the three results are owned by us; normalising replaces them in place and always leaves an instance.
        unsafe PyErr_Fetch(&type, &value, &traceback)
        unsafe PyErr_NormalizeException(&type, &value, &traceback)
        defer {
            unsafe CPython_XDECREF(type)
            unsafe CPython_XDECREF(traceback)
        }
        guard let instance = unsafe value else {
            preconditionFailure("a normalised exception without an instance")
        }
        if let traceback = unsafe traceback {
            unsafe PyException_SetTraceback(instance, traceback)
        }
        return unsafe PythonException(owning: instance)
    }

    /// Makes an exception of a built-in class with a message, without it ever being pending for others.
    static func make(_ type: PyPointer, _ message: String) -> PythonException {
        // Safety: both arguments are alive for the call; the message is copied.
        unsafe message.withCString { text in unsafe PyErr_SetString(type, text) }
        return Self.takePending()
    }

    /// Makes this the pending exception, as a C function does before it answers NULL.
    func restore() {
        let type = unsafe UnsafeMutableRawPointer(CPython_TYPE(self.pointer)).assumingMemoryBound(to: PyObject.self)
        let traceback = unsafe PyException_GetTraceback(self.pointer)
        unsafe CPython_INCREF(type)
        unsafe CPython_INCREF(self.pointer)
        // Safety: the call steals one reference of each, which the lines above made.
        unsafe PyErr_Restore(type, self.pointer, traceback)
    }

    /// Whether this is an instance of the given exception class, by its real type.
    func matches(_ exceptionClass: PyPointer) -> Bool {
        let type = unsafe CPython_TYPE(self.pointer)
        return unsafe UnsafeMutableRawPointer(exceptionClass).withMemoryRebound(to: PyTypeObject.self, capacity: 1) {
            unsafe PyType_IsSubtype(type, $0) != 0
        }
    }
}
