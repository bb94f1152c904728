/// Builds a payload field by field. Integers are little-endian. The length of a text or a list comes before it.
package struct WireWriter {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func write(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { self.bytes.append(contentsOf: $0) }
    }

    mutating func write(_ value: Bool) {
        self.bytes.append(value ? 1 : 0)
    }

    mutating func write(_ raw: some Sequence<UInt8>) {
        self.bytes.append(contentsOf: raw)
    }

    mutating func write(_ text: String) {
        self.write(UInt32(text.utf8.count))
        self.bytes.append(contentsOf: text.utf8)
    }

    package mutating func write(_ duration: Duration) {
        self.write(duration.nanoseconds)
    }

    mutating func write<Value>(_ value: Value?, _ body: (inout WireWriter, Value) -> Void) {
        self.write(value != nil)
        if let value {
            body(&self, value)
        }
    }

    mutating func write<Element>(_ list: [Element], _ body: (inout WireWriter, Element) -> Void) {
        self.write(UInt32(list.count))
        for element in list {
            body(&self, element)
        }
    }
}

extension Duration {
    /// The duration in whole nanoseconds, clamped to the range of `Int64` (about 292 years in each direction).
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = self.components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, carried) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carried ? (seconds < 0 ? .min : .max) : sum
    }
}
