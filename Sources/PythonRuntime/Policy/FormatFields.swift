import CPython

/// The attribute names in the replacement fields of a format string.
enum FormatFields {
    /// Reads `{a.b[c].d!r:{e.f}}` and answers `b`, `d`, `f`. Malformed strings are left for `str.format` to refuse.
    static func attributes(of text: PyPointer) throws(PythonException) -> [String] {
        let length = unsafe CPython_Unicode_LENGTH(text)
        // Every refused attribute has an underscore; most format strings do not.
        guard unsafe PyUnicode_FindChar(text, 0x5F, 0, length, 1) >= 0 else { return [] }
        var result: [String] = []
        var depth = 0
        var index = 0
        // Whether the present place is in the part of a field that names a value, before `!` or `:`.
        var inName = false
        while index < length {
            let character = unsafe CPython_Unicode_READ(text, index)
            index += 1
            switch character {
            case 0x7B:  // {
                if depth == 0, index < length, unsafe CPython_Unicode_READ(text, index) == 0x7B {
                    index += 1
                } else {
                    depth += 1
                    inName = true
                }
            case 0x7D:  // }
                depth = max(depth - 1, 0)
                inName = false
            case 0x21, 0x3A:  // ! :
                inName = false
            case 0x5B where inName:  // [
                while index < length, unsafe CPython_Unicode_READ(text, index) != 0x5D { index += 1 }
            case 0x2E where inName:  // .
                let start = index
                scan: while index < length {
                    switch unsafe CPython_Unicode_READ(text, index) {
                    case 0x2E, 0x5B, 0x7D, 0x21, 0x3A: break scan
                    default: index += 1
                    }
                }
                let name = unsafe try PythonReference(checking: PyUnicode_Substring(text, start, index))
                unsafe result.append(try PythonText.string(name.pointer))
            default:
                break
            }
        }
        return result
    }
}
