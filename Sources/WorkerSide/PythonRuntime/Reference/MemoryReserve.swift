import CPython

/// A block of memory that is reserved for the report of a `MemoryError`.
///
/// Swift aborts the process when an allocation fails, so the reserve is freed before a `MemoryError` is handled. There
/// is one block in the process; each task allocates it again if it was freed.
@safe
enum MemoryReserve {
    private static let size = 1 << 20

    // Safety: touched only by threads that hold the interpreter lock.
    nonisolated(unsafe) private static var block: UnsafeMutableRawPointer?

    /// Allocates the reserve, unless it is allocated already. It uses address space only, because its pages are never
    /// touched.
    static func fill() {
        guard unsafe Self.block == nil else { return }
        unsafe Self.block = unsafe PyMem_RawMalloc(Self.size)
    }

    /// Frees the reserve.
    static func open() {
        unsafe PyMem_RawFree(Self.block)
        unsafe Self.block = nil
    }
}
