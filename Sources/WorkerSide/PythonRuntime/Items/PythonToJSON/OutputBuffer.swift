import CPython
import JSONBytes

/// A growing byte buffer with a limit.
///
/// It is not an array, because a failed allocation must end the task with an error and not the process. A write that
/// does not fit is dropped, and so are all later writes; ``state`` tells why. Writers therefore need no check after each
/// byte.
@safe
public final class OutputBuffer {
    /// Whether all writes are in the buffer.
    enum State {
        case complete
        /// The limit was reached.
        case limitReached
        /// No memory was left.
        case outOfMemory
    }

    /// The mutable state, in a separate allocation: Swift checks each access to a class's stored properties for
    /// exclusivity, which would cost more than most of the writes.
    @safe
    private struct Storage {
        var base: UnsafeMutableRawPointer?
        var capacity = 0
        var count = 0
        var limit: Int
        var state = State.complete
        /// How many bytes at the start ``OutputBuffer/takeItems(_:)`` has passed on.
        var taken = 0
    }

    private let storage: UnsafeMutablePointer<Storage>

    /// The number of bytes.
    public var count: Int { unsafe self.storage.pointee.count }

    /// Whether all writes are in the buffer.
    var state: State { unsafe self.storage.pointee.state }

    /// Makes an empty buffer for at most `limit` bytes.
    init(limit: Int) {
        unsafe self.storage = UnsafeMutablePointer<Storage>.allocate(capacity: 1)
        unsafe self.storage.initialize(to: Storage(base: nil, limit: limit))
    }

    deinit {
        // Safety: both are allocations of this buffer; PyMem_RawFree accepts nil.
        unsafe PyMem_RawFree(self.storage.pointee.base)
        unsafe self.storage.deallocate()
    }

    /// Calls `body` with the bytes, which are valid only during the call.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try unsafe body(UnsafeRawBufferPointer(start: self.storage.pointee.base, count: self.count))
    }

    // MARK: Items in parts

    /// Passes on the items that are complete and were not passed on before. The buffer must have an array of items
    /// without its closing bracket.
    ///
    /// - Parameter body: Gets the text of an array without its closing bracket, valid only during the call. Returns
    ///   whether it took the items. If not, they stay in the buffer.
    func takeItems(_ body: (UnsafeRawBufferPointer) -> Bool) {
        let (taken, count) = unsafe (self.storage.pointee.taken, self.count)
        // A buffer with only the opening bracket has no items.
        guard count > max(taken, 1), self.state == .complete, let base = unsafe self.storage.pointee.base else {
            return
        }
        // Safety: `taken` is below `count`. The byte at `taken` is the opening bracket, or the comma after the previous
        // item.
        unsafe base.storeBytes(of: 0x5B, toByteOffset: taken, as: UInt8.self)
        if unsafe body(UnsafeRawBufferPointer(start: base + taken, count: count - taken)) {
            unsafe self.storage.pointee.taken = count
        }
    }

    /// Calls `body` with the array of the items that were not passed on, or with all bytes if no item was passed on.
    /// The bytes are valid only during the call. Nothing may be written afterwards.
    public func withRemainingItems<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        let taken = unsafe self.storage.pointee.taken
        guard taken > 0, let base = unsafe self.storage.pointee.base else {
            return try unsafe self.withUnsafeBytes(body)
        }
        // If only the closing bracket is left, the opening bracket is written before it. Otherwise the opening bracket
        // replaces the comma before the next item. Safety: the bytes before `taken` are there, and are not needed any
        // more.
        let start = self.count == taken + 1 ? taken - 1 : taken
        unsafe base.storeBytes(of: 0x5B, toByteOffset: start, as: UInt8.self)
        return try unsafe body(UnsafeRawBufferPointer(start: base + start, count: self.count - start))
    }

    /// Some of the bytes as text, for small pieces.
    func text(_ range: Range<Int>) -> String {
        unsafe self.withUnsafeBytes { unsafe String(decoding: $0[range.clamped(to: 0..<$0.count)], as: UTF8.self) }
    }

    /// Removes all bytes after `count`, and resets ``state`` to complete.
    func rollBack(to count: Int) {
        precondition(count <= self.count)
        unsafe self.storage.pointee.count = count
        unsafe self.storage.pointee.state = .complete
    }

    /// Makes room for `additional` more bytes.
    ///
    /// - Returns: Whether the buffer has room for the bytes.
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
        // Safety: this buffer owns the allocation, which the call may move.
        guard let moved = unsafe PyMem_RawRealloc(self.storage.pointee.base, capacity) else {
            unsafe self.storage.pointee.state = .outOfMemory
            return false
        }
        unsafe self.storage.pointee.base = moved
        unsafe self.storage.pointee.capacity = capacity
        return true
    }

    /// The address of the next byte. Valid for as many bytes as the last successful ``reserve(_:)`` made room for.
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
        // An empty write returns early, because the buffer may have no allocation yet.
        guard let start = bytes.baseAddress, bytes.count > 0, self.reserve(bytes.count) else { return }
        // Safety: reserve() made room, and the source is not part of this buffer.
        unsafe UnsafeMutableRawPointer(self.end).copyMemory(from: start, byteCount: bytes.count)
        self.advance(bytes.count)
    }

    /// Writes text as the inside of a JSON string.
    func append(escaping text: String) {
        var text = text
        text.withUTF8 { utf8 in
            unsafe JSONEscaping.escape(UnsafeRawBufferPointer(utf8)) { unsafe self.append($0) }
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
        // Safety: an Int has at most a sign and 19 digits, and reserve() made room for 20 bytes.
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
