import CPython
import Text

/// The text of exceptions. It is available even if an exception's own methods fail.
package enum ExceptionText {
    /// The most bytes of an exception's message that are kept.
    static let longestMessage = 16_384

    /// The name of the exception's class, such as `KeyError`. The module comes first, as Python prints it, unless the
    /// class is built-in or the task's own.
    static func typeName(of exception: PythonException) -> String {
        // The name is read from the type's storage, so no code of the class or of its metaclass runs.
        TypeName.displayName(ofValue: exception.instance)
    }

    /// The `str()` of the exception, which may run the exception's own `__str__`. If it fails, a fixed text.
    static func message(of exception: BorrowedReference) -> String {
        do {
            return BoundedText.cut(try PythonText.string(try exception.text()), toBytes: Self.longestMessage)
        } catch {
            return "<exception str() failed>"
        }
    }

    /// The attribute `description` of an exception, which may be a property with code of the task. Nil if it is missing,
    /// empty or not text, or if reading it fails.
    static func description(of exception: PythonException) -> String? {
        guard let name = try? PythonText.interned("description"),
            let value = try? exception.instance.attributeIfPresent(name), value.isString,
            let text = unsafe try? PythonText.string(value.borrowed), !text.isEmpty
        else { return nil }
        return BoundedText.cut(text, toBytes: Self.longestMessage)
    }

    /// The last line of a traceback, such as `KeyError: 'name'`.
    package static func summary(of exception: PythonException) -> String {
        Self.summary(of: exception.instance)
    }

    /// The last line of a traceback for an exception instance.
    static func summary(of exception: BorrowedReference) -> String {
        let type = TypeName.displayName(ofValue: exception)
        let message = Self.message(of: exception)
        return message.isEmpty ? type : "\(type): \(message)"
    }
}
