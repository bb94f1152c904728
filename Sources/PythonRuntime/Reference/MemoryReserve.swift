import CPython

/// Memory kept back for saying that there is none.
///
/// Swift ends the process when an allocation fails, so the first thing to do about a `MemoryError` is to make room.
@safe
enum MemoryReserve {
    private static let size = 1 << 20

    // Safety: touched only by threads that hold the interpreter lock.
    nonisolated(unsafe) private static var block: UnsafeMutableRawPointer?

    /// Sets the reserve aside, unless it is there. Costs address space; the pages are never touched.
    static func fill() {
        guard unsafe Self.block == nil else { return }
        unsafe Self.block = unsafe PyMem_RawMalloc(Self.size)
    }

    /// Gives the reserve up.
    static func open() {
        unsafe PyMem_RawFree(Self.block)
        unsafe Self.block = nil
    }
}
