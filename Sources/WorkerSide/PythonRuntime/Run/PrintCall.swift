import CPython
import Tasks

/// The arguments of a call of `print` in CPython's fastcall convention: the positional values, followed by the keyword
/// values. Borrowed from the call.
@safe
struct PrintCall {
    /// The keyword values of a call that writes to one of the task's own streams.
    struct Request {
        var stream = LogStream.stdout
        var separator: BorrowedReference?
        var end: BorrowedReference?
        var flushes = false

        /// Whether the call gives `sep` or `end`.
        var isFormatted: Bool { self.separator != nil || self.end != nil }
    }

    private let arguments: UnsafePointer<PyPointer?>?
    /// The number of values to print.
    let count: Int
    private let names: PyPointer?

    @unsafe
    init(_ arguments: UnsafePointer<PyPointer?>?, _ count: Py_ssize_t, _ names: PyPointer?) {
        unsafe self.arguments = unsafe arguments
        self.count = count
        unsafe self.names = unsafe names
    }

    /// The value to print at an index below ``count``. From ``count`` on, the keyword values in their order.
    subscript(index: Int) -> BorrowedReference {
        // Safety: the interpreter passes as many pointers as it counts, none of them NULL.
        guard let value = unsafe BorrowedReference(self.arguments?[index] ?? nil) else {
            preconditionFailure("print has no argument \(index)")
        }
        return value
    }

    /// Calls another function with the same arguments.
    func pass(to function: BorrowedReference) -> PyPointer? {
        unsafe PyObject_Vectorcall(function.pointer, self.arguments, self.count, self.names)
    }

    /// The request of a call that writes to one of the task's streams, and whose `sep`, `end` and `flush` are exact
    /// `str`, booleans or None. Nil for all other calls, which the built-in `print` must handle.
    var request: Request? {
        var request = Request()
        var file: BorrowedReference?
        if let names = unsafe BorrowedReference(self.names).flatMap({ TupleObject($0) }) {
            for (index, name) in names.enumerated() {
                let value = self[self.count + index]
                if PythonText.equals(name, "file") {
                    file = value
                } else if PythonText.equals(name, "flush") {
                    // The truth value of any other object may run code (`__bool__`); the built-in handles that.
                    guard value == .true || value == .false else { return nil }
                    request.flushes = value == .true
                } else if value.isNone {
                    guard PythonText.equals(name, "sep") || PythonText.equals(name, "end") else { return nil }
                } else {
                    guard value.isExactString else { return nil }
                    if PythonText.equals(name, "sep") {
                        request.separator = value
                    } else if PythonText.equals(name, "end") {
                        request.end = value
                    } else {
                        return nil
                    }
                }
            }
        }
        if file?.isNone ?? true { file = unsafe BorrowedReference(PySys_GetObject("stdout")) }
        guard let file, let stream = TaskStreams.stream(file) else { return nil }
        request.stream = stream
        return request
    }
}
