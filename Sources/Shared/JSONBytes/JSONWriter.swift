import Text

/// Builds JSON text by appending.
///
/// The writer adds the commas. The caller must close each container that it opens, and alternate keys and values in objects.
public struct JSONWriter: Sendable {
    /// The text so far.
    public private(set) var bytes: [UInt8] = []
    /// Whether the next value or key needs a comma before it.
    private var needsComma = false

    /// Makes a writer with room for `capacity` bytes.
    public init(reserving capacity: Int = 256) {
        self.bytes.reserveCapacity(capacity)
    }

    // MARK: Containers

    /// Opens an object.
    public mutating func beginObject() {
        self.separate()
        self.bytes.append(UInt8(ascii: "{"))
        self.needsComma = false
    }

    /// Closes the innermost object.
    public mutating func endObject() {
        self.bytes.append(UInt8(ascii: "}"))
        self.needsComma = true
    }

    /// Opens an array.
    public mutating func beginArray() {
        self.separate()
        self.bytes.append(UInt8(ascii: "["))
        self.needsComma = false
    }

    /// Closes the innermost array.
    public mutating func endArray() {
        self.bytes.append(UInt8(ascii: "]"))
        self.needsComma = true
    }

    /// Writes a key and its colon; its value comes next.
    public mutating func key(_ key: String) {
        self.string(key)
        self.bytes.append(UInt8(ascii: ":"))
        self.needsComma = false
    }

    // MARK: Values

    /// Writes a string.
    public mutating func string(_ value: String) {
        self.separate()
        self.bytes.append(UInt8(ascii: "\""))
        JSONEscaping.append(value, to: &self.bytes)
        self.bytes.append(UInt8(ascii: "\""))
        self.needsComma = true
    }

    /// Writes a string whose contents are escaped already, as ``JSONEscaping/append(_:to:)`` does it.
    public mutating func string(escaped: some Collection<UInt8>) {
        self.separate()
        self.bytes.append(UInt8(ascii: "\""))
        self.bytes.append(contentsOf: escaped)
        self.bytes.append(UInt8(ascii: "\""))
        self.needsComma = true
    }

    /// Writes an integer.
    public mutating func integer(_ value: some BinaryInteger) {
        self.raw(String(value).utf8)
    }

    /// Writes a time in milliseconds, to the microsecond: `12`, `0.25`, `3.007`.
    public mutating func milliseconds(_ value: Duration) {
        self.raw(DurationText.shortest(value, in: .milliseconds, decimals: 3).utf8)
    }

    /// Writes `true` or `false`.
    public mutating func boolean(_ value: Bool) {
        self.raw((value ? "true" : "false").utf8)
    }

    /// Writes `null`.
    public mutating func null() {
        self.raw("null".utf8)
    }

    /// Writes a value that is JSON text already.
    public mutating func raw(_ value: some Collection<UInt8>) {
        self.separate()
        self.bytes.append(contentsOf: value)
        self.needsComma = true
    }

    /// Writes a line feed, which ends a line of newline-delimited JSON.
    public mutating func endLine() {
        self.bytes.append(0x0A)
        self.needsComma = false
    }

    private mutating func separate() {
        if self.needsComma { self.bytes.append(UInt8(ascii: ",")) }
    }
}
