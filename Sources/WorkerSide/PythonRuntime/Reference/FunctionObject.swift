import CPython

/// A borrowed reference to a function that is written in Python.
@safe
public struct FunctionObject: Equatable {
    public let object: BorrowedReference

    /// Nil if the object is not a Python function.
    public init?(_ object: BorrowedReference) {
        guard object.isFunction else { return nil }
        self.object = object
    }

    /// The namespace of the module that defined the function. Borrowed from the function.
    public var globals: BorrowedReference? { unsafe BorrowedReference(PyFunction_GetGlobals(self.object.pointer)) }

    /// The function's code. Borrowed from the function, whose `__code__` can be replaced.
    public var code: CodeObject? {
        unsafe BorrowedReference(PyFunction_GetCode(self.object.pointer)).flatMap(CodeObject.init)
    }
}
