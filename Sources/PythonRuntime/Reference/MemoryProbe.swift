import CPython
import Tasks

/// Asks how much memory is left, which nothing but the allocator can tell where there is no /proc.
enum MemoryProbe {
    /// Tells a lack of memory from errors that only look like one: whether a few megabytes could be had right now.
    static var hasRoom: Bool { self.fits(8 << 20) }

    /// What the author reads: how much of the limit is in use right now, and what happened.
    ///
    /// While the exception lives, so that what its frames hold still counts.
    static func verdict(limit: Int?, _ event: String) -> String {
        guard let limit else { return event }
        let text = ByteText.share(limit - self.room(upTo: limit), of: limit)
        return "memory: \(text) in use (TERRARIUM_MEMORY_LIMIT): \(event)"
    }

    /// The largest block that can be had, to within a megabyte.
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
