import CPython
import Tasks

/// The reason why items could not be decoded.
enum DecodingError: Error {
    /// The text is not a JSON array of objects, although the broker has checked that. The offset is in bytes.
    case malformed(offset: Int)
    /// CPython could not create an object: a MemoryError.
    case exception(PythonException)
}

/// Decodes the JSON text of items directly into Python `list` and `dict` objects. `Interpreter` owns the one instance.
///
/// The broker has already validated the text. The decoder relies on that only for the quality of error messages, not for
/// memory safety.
final class ItemsDecoder {
    private let keys = KeyCache()
    private let jsonKey: PythonReference

    private let digitLimit: DigitLimit

    init(digitLimit: DigitLimit) throws(PythonException) {
        self.digitLimit = digitLimit
        self.jsonKey = try PythonText.interned("json")
    }

    /// Decodes one JSON value of any kind.
    func decodeValue(_ text: UnsafeRawBufferPointer) throws(DecodingError) -> PythonReference {
        var parser = unsafe JSONParser(text, keys: self.keys, digitLimit: self.digitLimit)
        return try parser.parseDocument()
    }

    /// Decodes an array of objects. An object without a `json` key becomes the `json` of a new item.
    ///
    /// The caller suspends the garbage collector during the call.
    func decode(_ text: UnsafeRawBufferPointer) throws(DecodingError) -> PythonReference {
        var parser = unsafe JSONParser(text, keys: self.keys, digitLimit: self.digitLimit)
        let items = try parser.parseDocument()
        guard items.isExactList else { throw .malformed(offset: 0) }
        let count = unsafe CPython_List_GET_SIZE(items.pointer)
        for index in 0..<count {
            let item = unsafe CPython_List_GET_ITEM(items.pointer, index)
            guard unsafe CPython_Dict_CheckExact(item) != 0 else { throw .malformed(offset: 0) }
            if unsafe PyDict_Contains(item, self.jsonKey.pointer) == 1 { continue }
            do {
                let wrapped = try PythonReference.dictionary()
                unsafe try wrapped.dictionary.set(BorrowedReference(item), for: self.jsonKey)
                // Safety: the list owned `item` and owns `wrapped` from here on; `wrapped` owns `item` too.
                unsafe CPython_List_SET_ITEM(items.pointer, index, wrapped.release())
                unsafe CPython_DECREF(item)
            } catch {
                throw .exception(error)
            }
        }
        return items
    }
}
