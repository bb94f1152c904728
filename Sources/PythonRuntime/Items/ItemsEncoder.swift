import CPython
import Tasks

/// Writes what a task returned as a JSON array of items, whatever of the allowed shapes it has.
@safe
final class ItemsEncoder {
    private let support: EncoderSupport
    private let jsonKey: PythonReference
    private let pairedItemKey: PythonReference
    private let otherKeys: [(name: StaticString, object: PyPointer)]

    init(digitLimit: DigitLimit) throws(PythonException) {
        self.support = EncoderSupport(digitLimit: digitLimit)
        self.jsonKey = try PythonText.interned("json")
        self.pairedItemKey = try PythonText.interned("pairedItem")
        var keys: [(name: StaticString, object: PyPointer)] = unsafe []
        for name: StaticString in ["binary", "error", "index"] {
            // Never given back: there is one encoder, and it lives as long as the process.
            unsafe keys.append((name, try PythonText.interned(name).release()))
        }
        unsafe self.otherKeys = unsafe keys
    }

    /// The array's bracket is open around the values. That of the item is not counted: the author did not necessarily
    /// write it, and items that fit on the way in have to fit on the way out.
    private func makeEncoder(_ buffer: OutputBuffer) -> ValueEncoder {
        ValueEncoder(buffer, support: self.support, depth: 1)
    }

    /// Writes the elements of what all-items code returned, with commas between and without the brackets.
    ///
    /// - Parameters:
    ///   - result: What the code returned, owned by the caller.
    ///   - inputCount: How many items went in: when as many come out, or there was one, they are paired.
    ///   - buffer: Where to write.
    /// - Throws: What is wrong with the result, and where.
    func writeItems(_ result: PyPointer, inputCount: Int, to buffer: OutputBuffer) throws(EncodingFailure) {
        if unsafe result == CPython_None() { return }
        var encoder = self.makeEncoder(buffer)
        if unsafe CPython_Dict_Check(result) != 0 {
            unsafe try self.writeItem(
                result,
                pairedWith: inputCount == 1 ? 0 : nil,
                root: "item",
                with: &encoder
            )
            return
        }
        guard unsafe CPython_List_Check(result) != 0 else {
            throw unsafe Self.wrongShape(result, "a list of dicts, one dict, or None")
        }
        let outputCount = unsafe CPython_List_GET_SIZE(result)
        var index = 0
        while unsafe index < CPython_List_GET_SIZE(result) {
            let item = unsafe PythonReference(borrowing: CPython_List_GET_ITEM(result, index))
            if index > 0 { buffer.append(0x2C) }
            guard unsafe CPython_Dict_Check(item.pointer) != 0 else {
                throw EncodingFailure(
                    whole:
                        "items[\(index)] must be a dict, not \(unsafe TypeIdentity.displayName(ofValue: item.pointer))",
                    hint: "Return a list of dicts: [{\"value\": x} for x in values]."
                )
            }
            let partner: Int? = inputCount == outputCount ? index : inputCount == 1 ? 0 : nil
            unsafe try self.writeItem(
                item.pointer,
                pairedWith: partner,
                root: "items[\(index)]",
                with: &encoder
            )
            index += 1
        }
    }

    /// Writes what code of n8n's dialect returned, as it is: n8n makes items of it. `None` is no items.
    func writeValue(_ result: PyPointer, to buffer: OutputBuffer) throws(EncodingFailure) {
        if unsafe result == CPython_None() {
            buffer.append("[]")
            return
        }
        var encoder = ValueEncoder(buffer, support: self.support, depth: 0)
        do throws(EncodingFailure) {
            unsafe try encoder.write(result)
        } catch {
            throw error.rooted(unsafe CPython_List_Check(result) != 0 ? "items" : "item")
        }
    }

    /// Writes what each-item code of n8n's dialect returned for one item: its `json` and `binary`, paired by n8n's rule.
    ///
    /// - Returns: Whether there is an item; `None` drops it.
    func writeEachValue(_ result: PyPointer, index: Int, to buffer: OutputBuffer) throws(EncodingFailure) -> Bool {
        if unsafe result == CPython_None() { return false }
        guard unsafe CPython_Dict_Check(result) != 0 else {
            throw unsafe Self.wrongShape(result, "a dict, or None to drop the item")
        }
        var encoder = self.makeEncoder(buffer)
        do throws(EncodingFailure) {
            buffer.append("{\"json\":")
            if let value = unsafe try self.field(self.jsonKey.pointer, of: result) {
                try Self.inside("json") { () throws(EncodingFailure) in unsafe try encoder.write(value.pointer) }
            } else {
                unsafe try encoder.write(result)
            }
            if let binary = unsafe try self.field(self.otherKeys[0].object, of: result) {
                buffer.append(",\"binary\":")
                try Self.inside("binary") { () throws(EncodingFailure) in unsafe try encoder.write(binary.pointer) }
            }
            Self.writePairing(index, to: buffer)
            buffer.append(0x7D)
        } catch {
            throw error.rooted("item")
        }
        return true
    }

    /// A console string for one argument of a print: text in quotes, numbers as Python prints them, containers as JSON.
    func consoleString(_ value: PyPointer) throws(PythonException) -> String {
        if unsafe CPython_Unicode_Check(value) != 0 { return "'" + (unsafe try PythonText.string(value)) + "'" }
        let isContainer =
            unsafe CPython_Dict_Check(value) != 0 || CPython_List_Check(value) != 0
            || CPython_Tuple_Check(value) != 0
        if isContainer {
            let scratch = OutputBuffer(limit: ConsoleText.longestText)
            var encoder = ValueEncoder(scratch, support: self.support, depth: 0, form: .console)
            do throws(EncodingFailure) {
                unsafe try encoder.write(value)
                return scratch.text(0..<scratch.count)
            } catch {
                if error.isBufferFull { return scratch.text(0..<scratch.count) + " [cut]" }
                if error.isCycle { return "[Circular]" }
            }
        }
        let text = unsafe try PythonReference(checking: PyObject_Str(value))
        return unsafe try PythonText.string(text.pointer)
    }

    /// Writes what each-item code returned for one item.
    ///
    /// - Returns: Whether there is an item; `None` drops it.
    func writeEachItem(_ result: PyPointer, index: Int, to buffer: OutputBuffer) throws(EncodingFailure) -> Bool {
        if unsafe result == CPython_None() { return false }
        guard unsafe CPython_Dict_Check(result) != 0 else {
            throw unsafe Self.wrongShape(result, "a dict, or None to drop the item")
        }
        var encoder = self.makeEncoder(buffer)
        unsafe try self.writeItem(result, pairedWith: index, root: "item", with: &encoder)
        return true
    }

    /// Writes the item that stands for a failure.
    func writeError(_ message: String, pairedWith partner: Int?, to buffer: OutputBuffer) {
        buffer.append("{\"json\":{\"error\":\"")
        buffer.append(escaping: message)
        buffer.append("\"}")
        Self.writePairing(partner, to: buffer)
        buffer.append(0x7D)
    }

    private static func wrongShape(_ result: PyPointer, _ expected: String) -> EncodingFailure {
        let type = unsafe TypeIdentity.displayName(ofValue: result)
        let hint =
            switch type {
            case "tuple": "A comma after the value makes it a tuple; return a list or a dict."
            case "list": "Return one dict; to make several items of one, use the mode that runs once for all items."
            case "generator", "map", "filter", "zip": "Use list(...)."
            case "pandas.core.frame.DataFrame": "Use return df.to_dict(\"records\")."
            case "str", "int", "float", "bool": "Put the value into a dict: return {\"value\": …}."
            default: "Put what you want to return into a dict: return {\"value\": …}."
            }
        return EncodingFailure(whole: "the code must return \(expected), not \(type)", hint: hint)
    }

    private static func writePairing(_ partner: Int?, to buffer: OutputBuffer) {
        guard let partner else { return }
        buffer.append(",\"pairedItem\":{\"item\":")
        buffer.append(decimal: partner)
        buffer.append(0x7D)
    }

    private func writeItem(
        _ item: PyPointer,
        pairedWith partner: Int?,
        root: @autoclosure () -> String,
        with encoder: inout ValueEncoder
    ) throws(EncodingFailure) {
        let buffer = encoder.buffer
        do throws(EncodingFailure) {
            guard let value = unsafe try self.field(self.jsonKey.pointer, of: item) else {
                buffer.append("{\"json\":")
                unsafe try encoder.write(item)
                Self.writePairing(partner, to: buffer)
                buffer.append(0x7D)
                return
            }
            unsafe try self.refuseOtherKeys(item)
            guard unsafe CPython_Dict_Check(value.pointer) != 0 else {
                let type = unsafe TypeIdentity.displayName(ofValue: value.pointer)
                throw EncodingFailure(
                    "must be a dict, not \(type)",
                    hint: "An item looks like {\"json\": {\"key\": value}}."
                )
                .inside(.key("json"))
            }
            buffer.append("{\"json\":")
            try Self.inside("json") { () throws(EncodingFailure) in unsafe try encoder.write(value.pointer) }
            // Most items are nothing but their json.
            guard unsafe PyDict_Size(item) > 1 else {
                Self.writePairing(partner, to: buffer)
                buffer.append(0x7D)
                return
            }
            for index in unsafe self.otherKeys.indices {
                let (name, key) = unsafe self.otherKeys[index]
                guard let field = unsafe try self.field(key, of: item) else { continue }
                buffer.append(",\"")
                buffer.append(name)
                buffer.append("\":")
                try Self.inside("\(name)") { () throws(EncodingFailure) in unsafe try encoder.write(field.pointer) }
            }
            if let pairing = unsafe try self.field(self.pairedItemKey.pointer, of: item),
                unsafe pairing.pointer != CPython_None()
            {
                buffer.append(",\"pairedItem\":")
                try Self.inside("pairedItem") { () throws(EncodingFailure) in unsafe try encoder.write(pairing.pointer)
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

    /// An entry of an item, looked up in the storage of the dict.
    private func field(_ key: PyPointer, of item: PyPointer) throws(EncodingFailure) -> PythonReference? {
        guard let value = unsafe PyDict_GetItemWithError(item, key) else {
            if unsafe PyErr_Occurred() != nil {
                let exception = PythonException.takePending()
                throw EncodingFailure("could not be read: \(ExceptionText.summary(of: exception))")
            }
            return nil
        }
        return unsafe PythonReference(borrowing: value)
    }

    /// A dict with a `json` key is an item, and an item has a few known keys.
    private func refuseOtherKeys(_ item: PyPointer) throws(EncodingFailure) {
        guard unsafe PyDict_Size(item) > 1 else { return }
        var position: Py_ssize_t = 0
        var key: PyPointer?
        var value: PyPointer?
        while unsafe PyDict_Next(item, &position, &key, &value) != 0, let key = unsafe key {
            let isKnown = Self.knownKeys.contains { unsafe PythonText.equals(key, $0) }
            if isKnown { continue }
            let name =
                if let text = unsafe try? PythonText.string(key) {
                    "the key \"\(ExceptionText.bounded(text, to: 80))\""
                } else {
                    "a key of type \(unsafe TypeIdentity.displayName(ofValue: key))"
                }
            throw EncodingFailure(
                "has \(name) next to \"json\", where only binary, pairedItem, error and index may be",
                hint: "Put it inside the json: {\"json\": {…}}; or leave \"json\" out and return the plain dict."
            )
        }
    }

    private static let knownKeys: [StaticString] = ["json", "binary", "pairedItem", "error", "index"]
}
