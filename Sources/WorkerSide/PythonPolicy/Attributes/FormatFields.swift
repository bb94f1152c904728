import CPython
import PythonRuntime

/// Reads the attribute names in the replacement fields of a format string.
enum FormatFields {
    /// Returns the attribute names of a format string: `b`, `d` and `f` for `{a.b[c].d!r:{e.f}}`. A malformed string is
    /// not reported here; `str.format` raises its error.
    static func attributes(of object: BorrowedReference) throws(PythonException) -> [String] {
        // Every refused attribute name has an underscore, so a string without one is not parsed.
        guard let text = StringObject(object),
            unsafe PyUnicode_FindChar(object.pointer, 0x5F, 0, text.count, 1) >= 0
        else { return [] }
        var result: [String] = []
        var depth = 0
        var index = 0
        // Whether `index` is in the part of a field that names a value, before `!` or `:`.
        var inName = false
        while index < text.count {
            let character = text[index]
            index += 1
            switch character {
            case 0x7B:  // {
                if depth == 0, index < text.count, text[index] == 0x7B {
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
                while index < text.count, text[index] != 0x5D { index += 1 }
            case 0x2E where inName:  // .
                let start = index
                scan: while index < text.count {
                    switch text[index] {
                    case 0x2E, 0x5B, 0x7D, 0x21, 0x3A: break scan
                    default: index += 1
                    }
                }
                result.append(try PythonText.string(try text.substring(start..<index)))
            default:
                break
            }
        }
        return result
    }
}
