import CPython
import Tasks
import Text

/// Measures by trial allocations how much memory is left, because the sandbox may have no /proc to read it from.
enum MemoryProbe {
    /// Whether the parser and the compiler had room for a text of that size, judged by the memory that can be allocated
    /// now. CPython also raises a MemoryError when the parser's stack is full; this function tells the two causes
    /// apart.
    static func hasRoom(forCompiling bytes: Int) -> Bool {
        // Measured with CPython 3.11: 130 to 520 bytes for each byte of text, most for a list of empty containers.
        self.fits(max(8 << 20, bytes * 500))
    }

    /// The message for the author: the part of the limit that is in use, and what happened.
    ///
    /// Call it while the exception is alive, so that objects referenced by its frames are counted.
    static func message(limit: MemoryLimit?, _ event: String) -> String {
        guard let limit else { return event }
        let used = limit.bytes - self.room(upTo: limit.bytes)
        // Little memory is in use if the object that did not fit was the first large one, or if the others were freed
        // since.
        guard used >= limit.bytes / 10 else {
            return "memory: the limit is \(ByteText.text(limit.bytes)) (\(limit.setting)): \(event)"
        }
        return "memory: \(ByteText.share(used, of: limit.bytes)) in use (\(limit.setting)): \(event)"
    }

    /// The size of the largest block that can be allocated, with an error of at most a megabyte.
    private static func room(upTo most: Int) -> Int {
        guard !self.fits(most) else { return most }
        var fitting = 0
        var failing = most
        while failing - fitting > 1 << 20 {
            let middle = fitting + (failing - fitting) / 2
            if self.fits(middle) { fitting = middle } else { failing = middle }
        }
        return fitting
    }

    private static func fits(_ size: Int) -> Bool {
        guard let block = unsafe PyMem_RawMalloc(size) else { return false }
        unsafe PyMem_RawFree(block)
        return true
    }
}
