import CPython

/// Strings that were made before, so that the keys of many like items are one object each: less memory, less time, and
/// dictionaries that compare keys by identity.
@safe
final class KeyCache {
    /// Longer keys are not worth remembering.
    static let longestKey = 64
    private static let slots = 1024
    private let entries: UnsafeMutablePointer<PyPointer?>

    init() {
        unsafe self.entries = .allocate(capacity: Self.slots)
        unsafe self.entries.initialize(repeating: nil, count: Self.slots)
    }

    /// A new reference to a `str` of these ASCII characters, at most ``longestKey``; nil with an exception set.
    @inline(__always)
    func string(_ start: UnsafePointer<UInt8>, count: Int) -> PyPointer? {
        // FNV-1a: cheap for a few bytes, and a bad slot costs no more than a miss.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for offset in 0..<count {
            unsafe hash = (hash ^ UInt64(start[offset])) &* 0x100_0000_01B3
        }
        let slot = Int(truncatingIfNeeded: (hash ^ hash >> 29) & UInt64(Self.slots - 1))
        // Safety: `slot` is below the number of entries; an entry is an ASCII string owned by this cache.
        if let entry = unsafe self.entries[slot], unsafe CPython_Unicode_LENGTH(entry) == count,
            unsafe Self.equal(CPython_Unicode_DATA(entry).assumingMemoryBound(to: UInt8.self), start, count)
        {
            unsafe CPython_INCREF(entry)
            return unsafe entry
        }
        var made = unsafe PyUnicode_FromKindAndData(1, start, count)
        guard unsafe made != nil else { return nil }
        unsafe PyUnicode_InternInPlace(&made)
        unsafe CPython_XDECREF(self.entries[slot])
        if let made = unsafe made { unsafe CPython_INCREF(made) }
        unsafe self.entries[slot] = unsafe made
        return unsafe made
    }

    @inline(__always)
    private static func equal(_ left: UnsafePointer<UInt8>, _ right: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        // Safety: both ranges hold `count` bytes.
        for offset in 0..<count where unsafe left[offset] != right[offset] { return false }
        return true
    }
}
