import CPython

/// Converts text between Swift and Python. Swift's strings are UTF-8 without surrogates; a Python `str` may contain lone
/// surrogates.
public enum PythonText {
    /// A `str` of the given text.
    public static func make(_ text: String) throws(PythonException) -> PythonReference {
        var text = text
        // Safety: the buffer is alive for the call and copied by it.
        let result = text.withUTF8 { bytes in
            unsafe PyUnicode_DecodeUTF8(
                UnsafeRawPointer(bytes.baseAddress)?.assumingMemoryBound(to: CChar.self),
                bytes.count,
                nil
            )
        }
        return unsafe try PythonReference(checking: result)
    }

    /// An interned `str`, for names that are looked up often.
    public static func interned(_ text: StaticString) throws(PythonException) -> PythonReference {
        unsafe try PythonReference(checking: PyUnicode_InternFromString(text.cString))
    }

    /// The text of a `str`, read from its storage; no method of a subclass is called. Lone surrogates, which UTF-8
    /// cannot represent, become `\udcxx` escapes.
    ///
    /// - Throws: A `MemoryError`, or a `TypeError` for an object that is not a `str`.
    public static func string(_ object: BorrowedReference) throws(PythonException) -> String {
        guard object.isString else { throw PythonException.make(.typeError, "expected str") }
        if unsafe CPython_Unicode_IS_ASCII(object.pointer) != 0 {
            // Safety: an ASCII string stores one byte a character.
            let bytes = unsafe UnsafeRawBufferPointer(
                start: CPython_Unicode_DATA(object.pointer),
                count: CPython_Unicode_LENGTH(object.pointer)
            )
            return unsafe String(decoding: bytes, as: UTF8.self)
        }
        let encoded = unsafe try PythonReference(
            checking: PyUnicode_AsEncodedString(object.pointer, "utf-8", "backslashreplace")
        )
        let bytes = unsafe UnsafeRawBufferPointer(
            start: CPython_Bytes_AS_STRING(encoded.pointer),
            count: CPython_Bytes_GET_SIZE(encoded.pointer)
        )
        return unsafe String(decoding: bytes, as: UTF8.self)
    }

    /// Whether the object is a `str` with exactly this ASCII text.
    public static func equals(_ object: BorrowedReference, _ text: StaticString) -> Bool {
        guard object.isString else { return false }
        return unsafe PyUnicode_CompareWithASCIIString(object.pointer, text.cString) == 0
    }

    /// The text of an owned `str`, read from its storage; lone surrogates become `\udcxx` escapes.
    public static func string(_ object: borrowing PythonReference) throws(PythonException) -> String {
        unsafe try Self.string(object.borrowed)
    }

    /// Whether the object is a `str` with exactly this ASCII text.
    public static func equals(_ object: borrowing PythonReference, _ text: StaticString) -> Bool {
        unsafe Self.equals(object.borrowed, text)
    }

    /// Whether two `str` have the same characters.
    static func equals(_ left: BorrowedReference, _ right: BorrowedReference) -> Bool {
        unsafe PyUnicode_Compare(left.pointer, right.pointer) == 0
    }

    /// An interned `str` of a text made at run time.
    public static func internedText(_ text: String) throws(PythonException) -> PythonReference {
        try Self.interned(reference: try PythonText.make(text))
    }

    /// The interned `str` of the same text.
    public static func interned(reference text: consuming PythonReference) throws(PythonException) -> PythonReference {
        var pointer: PyPointer? = unsafe text.release()
        // Safety: the call replaces the reference by one to the interned string of the same text.
        unsafe PyUnicode_InternInPlace(&pointer)
        return unsafe try PythonReference(checking: pointer)
    }

    /// The same text as an exact `str`, because a subclass can override every method.
    public static func exact(_ text: BorrowedReference) throws(PythonException) -> PythonReference {
        guard text.isString else {
            throw PythonException.make(.typeError, "expected a str, not '\(text.type.cName)'")
        }
        return unsafe try PythonReference(checking: PyUnicode_FromObject(text.pointer))
    }
}
