import CPython

extension PythonException {
    /// This exception with another one as its cause, as after `raise … from`.
    public func caused(by cause: PythonException) -> PythonException {
        // Safety: the call steals the reference.
        unsafe PyException_SetCause(self.instance.pointer, cause.instance.owned.release())
        return self
    }
}

/// The exceptions that led to an exception. Each is an owned reference, because using one may run code that drops the
/// others.
extension PythonReference {
    /// The exception given to `raise … from`. `self` must be an exception.
    var cause: PythonReference? {
        guard let cause = unsafe PyException_GetCause(self.pointer) else { return nil }
        return Self.exception(unsafe PythonReference(owning: cause))
    }

    /// The exception that was being handled when this one was raised, unless `raise … from` suppressed it. `self` must
    /// be an exception.
    var context: PythonReference? {
        guard unsafe !self.borrowed.suppressesContext, let context = unsafe PyException_GetContext(self.pointer) else {
            return nil
        }
        return Self.exception(unsafe PythonReference(owning: context))
    }

    private static func exception(_ object: consuming PythonReference) -> PythonReference? {
        guard object.isException else { return nil }
        return object
    }
}
