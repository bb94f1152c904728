import CPython

/// The text of exceptions, whatever their classes do to prevent it.
enum ExceptionText {
    /// The most of an exception's own text that is kept, in bytes.
    static let longestMessage = 16_384

    /// The name of the exception's class, such as `KeyError`; for classes in modules other than the task's and the
    /// built-in ones with the module in front, as Python prints it.
    static func typeName(of exception: PythonException) -> String {
        unsafe Self.typeName(ofValue: exception.pointer)
    }

    /// The same for an exception instance that is borrowed.
    static func typeName(ofValue value: PyPointer) -> String {
        // From the type's own storage: no code of the class or of its metaclass runs.
        unsafe TypeIdentity.displayName(ofValue: value)
    }

    /// What `str()` makes of the exception. May run the exception's own `__str__`; if that fails, says so.
    static func message(ofValue value: PyPointer) -> String {
        do {
            let text = unsafe try PythonReference(checking: PyObject_Str(value))
            return unsafe Self.bounded(try PythonText.string(text.pointer), to: Self.longestMessage)
        } catch {
            return "<exception str() failed>"
        }
    }

    /// `KeyError: 'name'`: the last line of a traceback.
    static func summary(of exception: PythonException) -> String {
        unsafe Self.summary(ofValue: exception.pointer)
    }

    /// The same for an exception instance that is borrowed.
    static func summary(ofValue value: PyPointer) -> String {
        let type = unsafe Self.typeName(ofValue: value)
        let message = unsafe Self.message(ofValue: value)
        return message.isEmpty ? type : "\(type): \(message)"
    }

    /// A text of at most so many bytes, with a mark where it was cut.
    static func bounded(_ text: String, to limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        return String(decoding: text.utf8.prefix(limit), as: UTF8.self) + " [cut]"
    }
}
