import CPython
import PythonRuntime

/// The positional arguments of a call of a C function that takes no keywords; their number has been checked. Borrowed
/// from the call.
@safe
struct CallArguments {
    private let values: UnsafePointer<PyPointer?>?

    @unsafe
    init(
        _ values: UnsafePointer<PyPointer?>?,
        _ count: Py_ssize_t,
        _ keywords: PyPointer?,
        of name: StaticString,
        _ expected: ClosedRange<Int>
    ) throws(PythonException) {
        guard unsafe BorrowedReference(keywords).flatMap({ TupleObject($0) })?.isEmpty ?? true else {
            throw PythonException.make(.typeError, "\(name)() takes no keyword arguments")
        }
        guard expected.contains(count) else {
            throw PythonException.make(
                .typeError,
                "\(name) expected \(expected.lowerBound == expected.upperBound ? "" : "at least ")"
                    + "\(expected.lowerBound) arguments, got \(count)"
            )
        }
        unsafe self.values = unsafe values
    }

    /// The argument at an index below the checked count.
    subscript(index: Int) -> BorrowedReference {
        guard let value = unsafe BorrowedReference(self.values?[index] ?? nil) else {
            preconditionFailure("no argument \(index)")
        }
        return value
    }
}
