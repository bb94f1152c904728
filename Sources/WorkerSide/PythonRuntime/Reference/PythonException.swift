import CPython

/// A Python exception, taken from the interpreter: no exception is pending while it propagates through Swift code.
///
/// It is a class, because Swift errors must be copyable. Use it only on the thread that holds the interpreter lock.
@safe
public final class PythonException: Error, @unchecked Sendable {
    private let pointer: PyPointer

    /// The exception instance, with its traceback attached. Borrowed from this object.
    public var instance: BorrowedReference { unsafe BorrowedReference(self.pointer) }

    private init(owning pointer: PyPointer) {
        unsafe self.pointer = unsafe pointer
    }

    deinit {
        // Safety: this object owned exactly one reference.
        unsafe CPython_DECREF(self.pointer)
    }

    /// Takes the pending exception, normalised to an instance. No exception is pending afterwards.
    ///
    /// If a C API call failed without setting an exception, which is a bug of the callee, the result is a `SystemError`.
    public static func takePending() -> PythonException {
        if !Self.isPending { Self.setPending(.systemError, "a call failed without setting an exception") }
        // The reserve is freed before the first allocation below.
        if Self.isPending(.memoryError) { MemoryReserve.open() }
        var type: PyPointer?
        var value: PyPointer?
        var traceback: PyPointer?
        // Safety: the three results are owned references; normalising replaces them in place and always leaves an
        // instance.
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

    /// Makes an exception of a built-in class with a message. No exception is pending afterwards.
    public static func make(_ type: ExceptionClass, _ message: String) -> PythonException {
        Self.setPending(type, message)
        return Self.takePending()
    }

    /// Makes this the pending exception, as a C function does before it returns NULL.
    public func restore() {
        let type = self.instance.type.object.owned
        let traceback = unsafe PyException_GetTraceback(self.pointer)
        unsafe CPython_INCREF(self.pointer)
        // Safety: the call steals one reference to each argument; the lines above created them.
        unsafe PyErr_Restore(type.release(), self.pointer, traceback)
    }

    /// Whether this is an instance of the given exception class, by its real type.
    public func matches(_ type: ExceptionClass) -> Bool {
        unsafe PyType_IsSubtype(self.instance.type.pointer, type.object.layout(as: PyTypeObject.self)) != 0
    }
}

/// Access to the interpreter's pending exception, which a failed call of the C API sets.
extension PythonException {
    public static var isPending: Bool { unsafe PyErr_Occurred() != nil }

    /// Whether the pending exception is an instance of that class; an exception must be pending.
    public static func isPending(_ type: ExceptionClass) -> Bool {
        unsafe PyErr_ExceptionMatches(type.object.pointer) != 0
    }

    /// Sets a new pending exception, as a C function does before it returns NULL.
    public static func setPending(_ type: ExceptionClass, _ message: String) {
        // Safety: both arguments are alive for the call; the message is copied.
        unsafe message.withCString { text in unsafe PyErr_SetString(type.object.pointer, text) }
    }

    /// Clears the pending exception, if there is one.
    public static func clearPending() {
        PyErr_Clear()
    }
}
