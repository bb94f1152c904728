import CPython

/// Advises what to return instead of a value of a wrong shape.
enum ResultAdvice {
    /// The hint for a return value of a wrong shape.
    ///
    /// - Parameters:
    ///   - result: The return value.
    ///   - type: The name of its type.
    ///   - foreignValues: Knows the types that JSON has no form for.
    /// - Returns: The hint for the author.
    static func hint(for result: BorrowedReference, of type: String, _ foreignValues: ForeignValues) -> String {
        switch type {
        case "tuple": return "a comma after the value makes it a tuple; return a list or a dict"
        case "list": return "return one dict; to make several items of one, use the mode that runs once for all items"
        case "generator", "map", "filter", "zip": return "use list(...)"
        case "pandas.DataFrame", "pandas.core.frame.DataFrame": return "use return df.to_dict(\"records\")"
        case "pandas.Series", "pandas.core.series.Series", "numpy.ndarray", "range", "set", "frozenset",
            "collections.deque":
            return "make an item of each element: return [{\"value\": x} for x in values]"
        case "str" where Self.isJSON(result):
            return "this is JSON text: return the value itself, without json.dumps(...)"
        case "str", "int", "float", "bool": return "put the value into a dict: return {\"value\": …}"
        default: break
        }
        if TypeName.anyBase(of: result.type, where: { $0 == "enum.Enum" }) {
            return "put its value into a dict: return {\"value\": member.value}"
        }
        if case .refused(let hint?) = foreignValues.form(of: result.type), hint != ForeignValues.generalHint {
            return hint
        }
        return "put what you want to return into a dict: return {\"value\": …}"
    }

    /// Whether a text looks like a JSON array or object: only its first and last characters are read.
    private static func isJSON(_ text: BorrowedReference) -> Bool {
        guard let text = try? PythonText.string(text) else { return false }
        let first = text.first { !$0.isWhitespace }
        let last = text.last { !$0.isWhitespace }
        return (first == "[" && last == "]") || (first == "{" && last == "}")
    }
}
