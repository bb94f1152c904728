import CPython

/// Text across the border: Swift strings are UTF-8 without surrogates, Python's may hold lone ones.
enum PythonText {
    /// A `str` of the given text.
    static func make(_ text: String) throws(PythonException) -> PythonReference {
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

    /// An interned `str`, for names that are looked up again and again. Lives as long as the interpreter.
    static func interned(_ text: StaticString) throws(PythonException) -> PythonReference {
        // Safety: a StaticString's bytes are NUL-terminated.
        unsafe try PythonReference(
            checking: PyUnicode_InternFromString(
                UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
            )
        )
    }

    /// The text of a `str` or of a subclass, read from its storage; no method of a subclass is called.
    /// Lone surrogates, which UTF-8 cannot carry, come out as `\udcxx` escapes.
    ///
    /// - Throws: A `MemoryError`, or a `TypeError` when the object is no `str`.
    static func string(_ object: PyPointer) throws(PythonException) -> String {
        guard unsafe CPython_Unicode_Check(object) != 0 else {
            throw unsafe PythonException.make(CPython_Exc_TypeError(), "expected str")
        }
        if unsafe CPython_Unicode_IS_ASCII(object) != 0 {
            // Safety: an ASCII string stores one byte a character.
            let bytes = unsafe UnsafeRawBufferPointer(
                start: CPython_Unicode_DATA(object),
                count: CPython_Unicode_LENGTH(object)
            )
            return unsafe String(decoding: bytes, as: UTF8.self)
        }
        let encoded = unsafe try PythonReference(
            checking: PyUnicode_AsEncodedString(object, "utf-8", "backslashreplace")
        )
        let bytes = unsafe UnsafeRawBufferPointer(
            start: CPython_Bytes_AS_STRING(encoded.pointer),
            count: CPython_Bytes_GET_SIZE(encoded.pointer)
        )
        return unsafe String(decoding: bytes, as: UTF8.self)
    }

    /// Whether the object is a `str` with exactly this ASCII text.
    static func equals(_ object: PyPointer, _ text: StaticString) -> Bool {
        guard unsafe CPython_Unicode_Check(object) != 0 else { return false }
        return unsafe PyUnicode_CompareWithASCIIString(
            object,
            UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
        ) == 0
    }
}
