import CPython
import Tasks

/// Why items could not be decoded.
enum DecodingError: Error {
    /// The text is not what the front end promised; the offset in bytes.
    case malformed(offset: Int)
    /// Python refused an object, for want of memory.
    case exception(PythonException)
}

/// Turns the text of items straight into Python's `list` and `dict`.
///
/// The broker has checked the text already. This decoder relies on that for good messages only, never for safety.
@safe
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

    /// Decodes an array of objects; one without a `json` key becomes the `json` of an item.
    ///
    /// The caller sees to the collector.
    func decode(_ text: UnsafeRawBufferPointer) throws(DecodingError) -> PythonReference {
        var parser = unsafe JSONParser(text, keys: self.keys, digitLimit: self.digitLimit)
        let items = try parser.parseDocument()
        guard unsafe CPython_List_CheckExact(items.pointer) != 0 else { throw .malformed(offset: 0) }
        let count = unsafe CPython_List_GET_SIZE(items.pointer)
        for index in 0..<count {
            let item = unsafe CPython_List_GET_ITEM(items.pointer, index)
            guard unsafe CPython_Dict_CheckExact(item) != 0 else { throw .malformed(offset: 0) }
            if unsafe PyDict_Contains(item, self.jsonKey.pointer) == 1 { continue }
            do {
                let wrapped = try PythonReference.dictionary()
                unsafe try checking(PyDict_SetItem(wrapped.pointer, self.jsonKey.pointer, item))
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
