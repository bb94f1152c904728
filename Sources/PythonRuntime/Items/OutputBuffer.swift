import CPython

/// Bytes that grow in memory of their own, up to a limit.
///
/// Not an array, because running out of memory must be an outcome of the task and not the end of the process. A write
/// that does not fit is dropped and so is every one after it; ``state`` says why. That way the writers need no check
/// after each byte.
@safe
public final class OutputBuffer {
    /// Whether everything that was written is there.
    enum State {
        case complete
        /// The limit was reached.
        case limitReached
        /// No memory was left.
        case outOfMemory
    }

    /// What changes, in memory of its own: a class's stored properties are checked for exclusive access each time they
    /// are touched, which would cost more than most of the writes here.
    @safe
    private struct Storage {
        var base: UnsafeMutableRawPointer?
        var capacity = 0
        var count = 0
        var limit: Int
        var state = State.complete
    }

    private let storage: UnsafeMutablePointer<Storage>

    /// How many bytes there are.
    public var count: Int { unsafe self.storage.pointee.count }

    /// Whether everything that was written is there.
    var state: State { unsafe self.storage.pointee.state }

    /// Makes an empty buffer for at most `limit` bytes.
    init(limit: Int) {
        unsafe self.storage = UnsafeMutablePointer<Storage>.allocate(capacity: 1)
        unsafe self.storage.initialize(to: Storage(base: nil, limit: limit))
    }

    deinit {
        // Safety: the buffer's own allocation, or nil, which the call accepts; and its state.
        unsafe PyMem_RawFree(self.storage.pointee.base)
        unsafe self.storage.deallocate()
    }

    /// Calls `body` with the bytes, which are valid during the call only.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try unsafe body(UnsafeRawBufferPointer(start: self.storage.pointee.base, count: self.count))
    }

    /// Some of the bytes as text, for small pieces.
    func text(_ range: Range<Int>) -> String {
        unsafe self.withUnsafeBytes { unsafe String(decoding: $0[range.clamped(to: 0..<$0.count)], as: UTF8.self) }
    }

    /// Forgets everything written behind `count`, and that writing ever failed.
    func rollBack(to count: Int) {
        precondition(count <= self.count)
        unsafe self.storage.pointee.count = count
        unsafe self.storage.pointee.state = .complete
    }

    /// Makes room for so many bytes more.
    ///
    /// - Returns: Whether there is room.
    @inline(__always)
    func reserve(_ additional: Int) -> Bool {
        if unsafe self.storage.pointee.capacity - self.storage.pointee.count >= additional, self.state == .complete {
            return true
        }
        return self.grow(additional)
    }

    @inline(never)
    private func grow(_ additional: Int) -> Bool {
        guard self.state == .complete else { return false }
        let limit = unsafe self.storage.pointee.limit
        let count = self.count
        guard limit - count >= additional else {
            unsafe self.storage.pointee.state = .limitReached
            return false
        }
        let wanted = unsafe max(self.storage.pointee.capacity * 2, count + additional, 4096)
        let capacity = min(wanted, limit)
        // Safety: the buffer's own allocation, which the call moves.
        guard let moved = unsafe PyMem_RawRealloc(self.storage.pointee.base, capacity) else {
            unsafe self.storage.pointee.state = .outOfMemory
            return false
        }
        unsafe self.storage.pointee.base = moved
        unsafe self.storage.pointee.capacity = capacity
        return true
    }

    /// Where the next byte goes. Valid after ``reserve(_:)`` has answered true, for as many bytes.
    @inline(__always)
    var end: UnsafeMutablePointer<UInt8> {
        // Safety: reserve() made sure that there is an allocation that reaches beyond `count`.
        unsafe self.storage.pointee.base.unsafelyUnwrapped.advanced(by: self.count).assumingMemoryBound(to: UInt8.self)
    }

    /// Counts bytes that were written at ``end``.
    @inline(__always)
    func advance(_ written: Int) {
        unsafe self.storage.pointee.count += written
    }

    @inline(__always)
    func append(_ byte: UInt8) {
        guard self.reserve(1) else { return }
        unsafe self.end.pointee = byte
        self.advance(1)
    }

    func append(_ text: StaticString) {
        unsafe self.append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    func append(_ text: String) {
        var text = text
        text.withUTF8 { unsafe self.append(UnsafeRawBufferPointer($0)) }
    }

    func append(_ bytes: UnsafeRawBufferPointer) {
        // Room for nothing needs no memory, so there may be none yet to write to.
        guard let start = bytes.baseAddress, bytes.count > 0, self.reserve(bytes.count) else { return }
        // Safety: reserve() made room, and the source is not part of this buffer.
        unsafe UnsafeMutableRawPointer(self.end).copyMemory(from: start, byteCount: bytes.count)
        self.advance(bytes.count)
    }

    /// Writes text as the inside of a JSON string.
    func append(escaping text: String) {
        for byte in text.utf8 {
            switch byte {
            case 0x22, 0x5C:
                self.append(0x5C)
                self.append(byte)
            case 0x0A: self.append("\\n")
            case 0x0D: self.append("\\r")
            case 0x09: self.append("\\t")
            case 0..<0x20:
                self.append("\\u00")
                self.append(byte >> 4 + 0x30)
                self.append(byte & 0xF < 10 ? byte & 0xF + 0x30 : byte & 0xF + 0x57)
            default: self.append(byte)
            }
        }
    }

    /// Writes an integer in decimal.
    func append(decimal value: Int) {
        guard self.reserve(20) else { return }
        var magnitude = value.magnitude
        var digits = 1
        var bound: UInt = 10
        while digits < 20, magnitude >= bound {
            digits += 1
            let (next, overflow) = bound.multipliedReportingOverflow(by: 10)
            if overflow { break }
            bound = next
        }
        // Safety: a sign and 19 digits at most, and reserve() made room for 20 bytes.
        var cursor = unsafe self.end
        if value < 0 {
            unsafe cursor.pointee = 0x2D
            unsafe cursor += 1
            self.advance(1)
        }
        for position in stride(from: digits - 1, through: 0, by: -1) {
            unsafe cursor[position] = UInt8(truncatingIfNeeded: magnitude % 10) + 0x30
            magnitude /= 10
        }
        self.advance(digits)
    }
}
