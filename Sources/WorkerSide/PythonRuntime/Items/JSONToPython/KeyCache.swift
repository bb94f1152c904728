import CPython

/// A cache of key strings, so that equal keys of many items are one object. That saves memory and time, and dictionaries
/// then compare the keys by identity.
@safe
final class KeyCache {
    /// The length of the longest cached key.
    static let longestKey = 64
    /// The number of slots, a power of two. The pointers fill two pages, which every task that has keys touches.
    private static let slots = 1024
    private let entries: UnsafeMutablePointer<PyPointer?>

    init() {
        unsafe self.entries = .allocate(capacity: Self.slots)
        unsafe self.entries.initialize(repeating: nil, count: Self.slots)
    }

    /// A new reference to a `str` of `count` ASCII characters, at most ``longestKey``; nil with an exception set.
    @inline(__always)
    func string(_ start: UnsafePointer<UInt8>, count: Int) -> PyPointer? {
        // The multiplication mixes both ends of the key into the top bits. A collision costs only a cache miss.
        let slot = unsafe Int(truncatingIfNeeded: (Self.ends(start, count) &* 0x9E37_79B9_7F4A_7C15) >> 54)
        // Safety: `slot` has ten bits and is below the number of entries; an entry is an ASCII string owned by this cache.
        if let entry = unsafe self.entries[slot], unsafe CPython_Unicode_LENGTH(entry) == count,
            unsafe Self.equal(CPython_Unicode_DATA(entry), start, count)
        {
            unsafe CPython_INCREF(entry)
            return unsafe entry
        }
        return unsafe self.make(start, count, slot)
    }

    @inline(never)
    private func make(_ start: UnsafePointer<UInt8>, _ count: Int, _ slot: Int) -> PyPointer? {
        var made = unsafe PyUnicode_FromKindAndData(1, start, count)
        guard unsafe made != nil else { return nil }
        unsafe PyUnicode_InternInPlace(&made)
        unsafe CPython_XDECREF(self.entries[slot])
        if let made = unsafe made { unsafe CPython_INCREF(made) }
        unsafe self.entries[slot] = unsafe made
        return unsafe made
    }

    // In ends() and equal(), every load ends at or before `count`. The last load of a longer text overlaps the one
    // before it.

    /// A hash of the first and the last bytes of the key, at most eight of each, and of its length.
    @inline(__always)
    private static func ends(_ start: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
        let bytes = unsafe UnsafeRawPointer(start)
        var ends = UInt64(truncatingIfNeeded: count) << 56
        if count >= 8 {
            let last = unsafe bytes.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
            ends ^= unsafe bytes.loadUnaligned(as: UInt64.self) ^ (last << 23 | last >> 41)
        } else if count >= 4 {
            ends ^= unsafe UInt64(bytes.loadUnaligned(as: UInt32.self))
            ends ^= unsafe UInt64(bytes.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)) << 23
        } else {
            for offset in 0..<count { ends ^= unsafe UInt64(start[offset]) << UInt64(8 * offset) }
        }
        return ends
    }

    @inline(__always)
    private static func equal(_ left: UnsafeRawPointer, _ right: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        let right = unsafe UnsafeRawPointer(right)
        func differ<Word: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, _ word: Word.Type) -> Bool {
            unsafe left.loadUnaligned(fromByteOffset: offset, as: word)
                != right.loadUnaligned(fromByteOffset: offset, as: word)
        }
        if count >= 8 {
            var offset = 0
            while offset < count - 8 {
                if differ(offset, UInt64.self) { return false }
                offset += 8
            }
            return !differ(count - 8, UInt64.self)
        }
        if count >= 4 { return !differ(0, UInt32.self) && !differ(count - 4, UInt32.self) }
        for offset in 0..<count where differ(offset, UInt8.self) { return false }
        return true
    }
}
