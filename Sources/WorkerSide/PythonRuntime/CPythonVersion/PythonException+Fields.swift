import CPython

/// Fields of exceptions, read from their C structures, because some of the attributes are guarded and a subclass can
/// override any attribute.
extension PythonException {
    /// The arguments that the exception was made with.
    var arguments: TupleObject? {
        unsafe BorrowedReference(self.instance.layout(as: PyBaseExceptionObject.self).pointee.args).flatMap {
            TupleObject($0)
        }
    }

    /// The name that a `NameError` reports. The exception must be a `NameError`.
    public var missingName: BorrowedReference? {
        unsafe BorrowedReference(self.instance.layout(as: PyNameErrorObject.self).pointee.name)
    }

    /// The attribute that an `AttributeError` reports, and the object that does not have it. The exception must be an
    /// `AttributeError`.
    public var missingAttribute: (receiver: BorrowedReference, name: BorrowedReference)? {
        let error = unsafe self.instance.layout(as: PyAttributeErrorObject.self)
        guard let receiver = unsafe BorrowedReference(error.pointee.obj),
            let name = unsafe BorrowedReference(error.pointee.name)
        else { return nil }
        return (receiver, name)
    }

    /// The position and message of a `SyntaxError`. The exception must be a `SyntaxError`.
    var syntaxError: (message: BorrowedReference?, line: BorrowedReference?, column: BorrowedReference?) {
        let error = unsafe self.instance.layout(as: PySyntaxErrorObject.self)
        return unsafe (
            BorrowedReference(error.pointee.msg), BorrowedReference(error.pointee.lineno),
            BorrowedReference(error.pointee.offset)
        )
    }
}

extension BorrowedReference {
    /// Whether `raise … from` suppressed the display of the exception's context. The object must be an exception.
    var suppressesContext: Bool {
        unsafe self.layout(as: PyBaseExceptionObject.self).pointee.suppress_context != 0
    }

    /// The members of an exception group; nil for any other object.
    var groupMembers: TupleObject? {
        guard unsafe CPython_isExceptionGroup(self.pointer) != 0 else { return nil }
        return unsafe BorrowedReference(self.layout(as: PyBaseExceptionGroupObject.self).pointee.excs).flatMap {
            TupleObject($0)
        }
    }
}
