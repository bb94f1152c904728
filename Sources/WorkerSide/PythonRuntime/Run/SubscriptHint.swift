import Text

/// Hints on a subscript that failed: a key that a dict does not have, or a list that was used like one of its elements.
enum SubscriptHint {
    /// The most keys that are listed.
    private static let mostKeys = 12

    /// The hint for a `KeyError` or a `TypeError`; nil if none applies.
    static func hint(for exception: PythonException, in frame: borrowing FailingFrame) -> String? {
        if exception.matches(.keyError) {
            guard let key = exception.arguments?.first, key.isExactString, let name = try? PythonText.string(key),
                let chain = frame.expression.flatMap(SubscriptChain.init),
                let receiver = chain.findReceiver(in: frame) ?? chain.findItem(in: frame, having: key),
                let dictionary = DictionaryObject(receiver), dictionary[key] == nil
            else { return nil }
            return Self.hint(forKey: name, missingIn: dictionary, chain.receiver)
        }
        if exception.matches(.typeError) {
            guard ExceptionText.message(of: exception.instance).hasPrefix("list indices must be integers"),
                let chain = frame.expression.flatMap(SubscriptChain.init), chain.subscripts.count == 1,
                chain.variable == "_items"
            else { return nil }
            return #"_items is the list of items: write _items[0]["json"], or `for item in _items:` and item["json"]"#
        }
        return nil
    }

    private static func hint(forKey name: String, missingIn dictionary: DictionaryObject, _ receiver: String) -> String?
    {
        let shown = Self.quoted(name)
        if name != "json", let fields = dictionary["json"].flatMap(DictionaryObject.init) {
            let start = "the fields of an item are under its key \"json\": "
            let names = NearestName.keys(of: fields.object)
            let isThere = names.contains(name)
            guard let field = isThere ? name : NearestName.among(names, to: name) else {
                return start + "\(receiver)[\"json\"] " + Self.list(names)
            }
            return start + "write \(receiver)[\"json\"][\(Self.quoted(field))]"
        }
        let names = NearestName.keys(of: dictionary.object)
        guard dictionary.count == names.count || names.count > Self.mostKeys else { return nil }
        if let near = NearestName.among(names, to: name) { return "did you mean \(Self.quoted(near))?" }
        return "\(receiver) \(Self.list(names)); .get(\(shown)) gives None where it is missing"
    }

    private static func list(_ names: [String]) -> String {
        guard !names.isEmpty else { return "has no keys" }
        let more = names.count > Self.mostKeys ? ", …" : ""
        return "has " + names.prefix(Self.mostKeys).map(Self.quoted).joined(separator: ", ") + more
    }

    private static func quoted(_ name: String) -> String { "\"\(BoundedText.cut(name, toBytes: 60))\"" }
}
