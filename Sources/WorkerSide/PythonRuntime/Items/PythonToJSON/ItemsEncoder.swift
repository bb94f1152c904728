import CPython
import Tasks
import Text

/// Writes a task's return value as a JSON array of items. The value may have any of the permitted shapes. `Interpreter`
/// owns the one instance.
final class ItemsEncoder {
    private let foreignValues: ForeignValues
    // These keys live as long as the process.
    private let jsonKey: BorrowedReference
    private let pairedItemKey: BorrowedReference
    private let binaryKey: BorrowedReference
    private let otherKeys: [(name: StaticString, object: BorrowedReference)]

    init(digitLimit: DigitLimit) throws(PythonException) {
        self.foreignValues = ForeignValues(digitLimit: digitLimit)
        self.jsonKey = try PythonText.interned("json").leak()
        self.pairedItemKey = try PythonText.interned("pairedItem").leak()
        self.binaryKey = try PythonText.interned("binary").leak()
        self.otherKeys = [
            ("binary", self.binaryKey), ("error", try PythonText.interned("error").leak()),
            ("index", try PythonText.interned("index").leak()),
        ]
    }

    /// Makes an encoder for values inside the array, at nesting depth 1. The braces of the item itself are not counted,
    /// because the author may not have written them, and an item that was accepted as input must be accepted as output.
    private func makeEncoder(_ buffer: OutputBuffer) -> ValueEncoder {
        ValueEncoder(buffer, self.foreignValues, depth: 1)
    }

    /// Writes the items that all-items code returned, separated by commas and without the array's brackets.
    ///
    /// - Parameters:
    ///   - result: The return value, owned by the caller.
    ///   - inputCount: The number of input items. If it equals the number of output items, or is one, the output items
    ///     are paired with input items.
    ///   - buffer: The buffer that the items are written to.
    /// - Throws: The problem with the result, with its path.
    func writeItems(
        _ result: BorrowedReference,
        inputCount: Int,
        to buffer: OutputBuffer
    ) throws(EncodingFailure) {
        if result.isNone { return }
        var encoder = self.makeEncoder(buffer)
        if self.isObject(result) {
            return try self.writeItem(result, pairedWith: inputCount == 1 ? 0 : nil, root: "item", with: &encoder)
        }
        guard let list = ListObject(result) else {
            throw self.wrongShape(result, "a list of dicts, one dict, or None")
        }
        let outputCount = list.count
        var index = 0
        while index < list.count {
            let item = list[index].owned
            if index > 0 { buffer.append(0x2C) }
            guard unsafe self.isObject(item.borrowed) else {
                let type = unsafe TypeName.displayName(ofValue: item.borrowed)
                throw EncodingFailure(
                    whole: "items[\(index)] must be a dict, not \(type)",
                    hint: "return a list of dicts: [{\"value\": x} for x in values]"
                )
            }
            let partner: Int? = inputCount == outputCount ? index : inputCount == 1 ? 0 : nil
            unsafe try self.writeItem(
                item.borrowed,
                pairedWith: partner,
                root: "items[\(index)]",
                with: &encoder
            )
            index += 1
        }
    }

    /// Writes the return value of code in n8n's dialect unchanged; n8n turns it into items. `None` becomes an empty
    /// array, or `null` if the code is a tool of an agent.
    func writeValue(
        _ result: BorrowedReference,
        isTool: Bool,
        to buffer: OutputBuffer
    ) throws(EncodingFailure) {
        if result.isNone {
            buffer.append(isTool ? "null" : "[]")
            return
        }
        var encoder = ValueEncoder(buffer, self.foreignValues, depth: 0)
        do throws(EncodingFailure) {
            try encoder.write(result)
        } catch {
            throw error.rooted(result.isList ? "items" : "item")
        }
    }

    /// Writes the item that each-item code returned for one input item.
    ///
    /// - Returns: Whether an item was written; none is written for `None`.
    func writeEachItem(
        _ result: BorrowedReference,
        index: Int,
        dialect: TaskDialect,
        to buffer: OutputBuffer
    ) throws(EncodingFailure) -> Bool {
        if result.isNone { return false }
        guard self.isObject(result) else { throw self.wrongShape(result, "a dict, or None to drop the item") }
        var encoder = self.makeEncoder(buffer)
        switch dialect {
        case .native: try self.writeItem(result, pairedWith: index, root: "item", with: &encoder)
        case .n8n:
            do throws(EncodingFailure) {
                try self.writeN8NItem(result, index: index, with: &encoder)
            } catch {
                throw error.rooted("item")
            }
        }
        return true
    }

    /// Writes an item in n8n's dialect: its `json`, its `binary`, and the pairing with its input item. Without a key
    /// `json`, all keys but `binary` are the item's `json`.
    private func writeN8NItem(
        _ result: BorrowedReference,
        index: Int,
        with encoder: inout ValueEncoder
    ) throws(EncodingFailure) {
        let buffer = encoder.buffer
        let binary = try self.field(self.binaryKey, of: result)
        buffer.append("{\"json\":")
        if let value = try self.field(self.jsonKey, of: result) {
            try Self.inside("json") { () throws(EncodingFailure) in unsafe try encoder.write(value.borrowed) }
        } else if binary != nil {
            let rest = try self.copy(of: result, without: "binary")
            unsafe try encoder.write(rest.borrowed)
        } else {
            try encoder.write(result)
        }
        if let binary {
            buffer.append(",\"binary\":")
            try Self.inside("binary") { () throws(EncodingFailure) in unsafe try encoder.write(binary.borrowed) }
        }
        Self.writePairing(index, to: buffer)
        buffer.append(0x7D)
    }

    /// Whether a value is written as a JSON object: a dict, or an instance of a dataclass.
    private func isObject(_ value: BorrowedReference) -> Bool {
        if value.isDictionary { return true }
        if case .fields = self.foreignValues.form(of: value.type) { return true }
        return false
    }

    /// The console text of one argument of a print: text in quotes, numbers as Python prints them, containers as JSON.
    func consoleString(_ value: BorrowedReference) throws(PythonException) -> String {
        if value.isString { return "'" + (try PythonText.string(value)) + "'" }
        if value.isDictionary || value.isList || value.isTuple {
            let scratch = OutputBuffer(limit: ConsoleText.longestText)
            var encoder = ValueEncoder(scratch, self.foreignValues, depth: 0, form: .console)
            do throws(EncodingFailure) {
                try encoder.write(value)
                return scratch.text(0..<scratch.count)
            } catch {
                if error.isBufferFull { return scratch.text(0..<scratch.count) + " [cut]" }
                if error.isCycle { return "[Circular \(TypeName.displayName(ofValue: value))]" }
            }
        }
        return try PythonText.string(try value.text())
    }

    /// Writes an item that reports a failure.
    func writeError(_ message: String, pairedWith partner: Int?, to buffer: OutputBuffer) {
        buffer.append("{\"json\":{\"error\":\"")
        buffer.append(escaping: message)
        buffer.append("\"}")
        Self.writePairing(partner, to: buffer)
        buffer.append(0x7D)
    }

    private func wrongShape(_ result: BorrowedReference, _ expected: String) -> EncodingFailure {
        let type = TypeName.displayName(ofValue: result)
        return EncodingFailure(
            whole: "the code must return \(expected), not \(type)",
            hint: ResultAdvice.hint(for: result, of: type, self.foreignValues)
        )
    }

    private static func writePairing(_ partner: Int?, to buffer: OutputBuffer) {
        guard let partner else { return }
        buffer.append(",\"pairedItem\":{\"item\":")
        buffer.append(decimal: partner)
        buffer.append(0x7D)
    }

    private func writeItem(
        _ item: BorrowedReference,
        pairedWith partner: Int?,
        root: @autoclosure () -> String,
        with encoder: inout ValueEncoder
    ) throws(EncodingFailure) {
        let buffer = encoder.buffer
        do throws(EncodingFailure) {
            guard let value = try self.field(self.jsonKey, of: item) else {
                buffer.append("{\"json\":")
                try encoder.write(item)
                Self.writePairing(partner, to: buffer)
                buffer.append(0x7D)
                return
            }
            try self.refuseOtherKeys(item)
            guard value.isDictionary else {
                let type = unsafe TypeName.displayName(ofValue: value.borrowed)
                throw EncodingFailure(
                    "must be a dict, not \(type)",
                    hint: "an item looks like {\"json\": {\"key\": value}}"
                )
                .inside(.key("json"))
            }
            buffer.append("{\"json\":")
            try Self.inside("json") { () throws(EncodingFailure) in unsafe try encoder.write(value.borrowed) }
            // Most items have no other key than `json`.
            guard unsafe PyDict_Size(item.pointer) > 1 else {
                Self.writePairing(partner, to: buffer)
                buffer.append(0x7D)
                return
            }
            for (name, key) in self.otherKeys {
                guard let field = try self.field(key, of: item) else { continue }
                buffer.append(",\"")
                buffer.append(name)
                buffer.append("\":")
                try Self.inside("\(name)") { () throws(EncodingFailure) in unsafe try encoder.write(field.borrowed) }
            }
            if let pairing = try self.field(self.pairedItemKey, of: item), !pairing.isNone {
                buffer.append(",\"pairedItem\":")
                try Self.inside("pairedItem") { () throws(EncodingFailure) in
                    unsafe try encoder.write(pairing.borrowed)
                }
            } else {
                Self.writePairing(partner, to: buffer)
            }
            buffer.append(0x7D)
        } catch {
            throw error.rooted(root())
        }
        guard buffer.state == .complete else { throw .bufferFull }
    }

    private static func inside(
        _ key: String,
        _ body: () throws(EncodingFailure) -> Void
    ) throws(EncodingFailure) {
        do throws(EncodingFailure) {
            try body()
        } catch {
            throw error.inside(.key(key))
        }
    }

    /// The value of a key of an item, read from the dict's storage; no method of a subclass is called. An instance of a
    /// dataclass has no keys: all of it is the item's `json`.
    private func field(
        _ key: BorrowedReference,
        of item: BorrowedReference
    ) throws(EncodingFailure) -> PythonReference? {
        guard item.isDictionary else { return nil }
        do {
            return try item.entry(key)
        } catch {
            throw EncodingFailure(reading: error)
        }
    }

    /// A copy of a dict without one of its keys, which it must have. No method of a subclass is called.
    private func copy(
        of item: BorrowedReference,
        without key: StaticString
    ) throws(EncodingFailure) -> PythonReference {
        do {
            guard let dictionary = DictionaryObject(item) else { preconditionFailure("not a dict") }
            let copy = try dictionary.copy()
            unsafe try copy.dictionary.remove(key)
            return copy
        } catch {
            throw EncodingFailure(reading: error)
        }
    }

    /// Refuses unknown keys of a dict with a `json` key: such a dict is an item, and an item has only known keys.
    private func refuseOtherKeys(_ item: BorrowedReference) throws(EncodingFailure) {
        guard let dictionary = DictionaryObject(item), dictionary.count > 1 else { return }
        for (key, _) in dictionary.entries {
            if Self.knownKeys.contains(where: { PythonText.equals(key, $0) }) { continue }
            let name =
                if let text = try? PythonText.string(key) {
                    "the key \"\(BoundedText.cut(text, toBytes: 80))\""
                } else {
                    "a key of type \(TypeName.displayName(ofValue: key))"
                }
            throw EncodingFailure(
                "has \(name) next to \"json\", where only binary, pairedItem, error and index may be",
                hint: "put it inside the json: {\"json\": {…}}; or leave \"json\" out and return the plain dict"
            )
        }
    }

    private static let knownKeys: [StaticString] = ["json", "binary", "pairedItem", "error", "index"]
}
