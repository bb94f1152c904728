import CPython

/// CPython's cyclic garbage collector. It skips the objects that the fork server made, and is off while items are
/// decoded. `Interpreter` owns the one instance.
final class GarbageCollector {
    private let freezeFunction: PythonReference

    init() throws(PythonException) {
        self.freezeFunction = try PythonReference.importing("gc").attribute("freeze")
    }

    /// Excludes all existing objects from later collections. The collector then does not write to them, so a forked
    /// process does not copy their pages.
    func freeze() throws(PythonException) {
        try self.freezeFunction.call()
    }

    /// Runs `body` without collections, which find nothing to free while `body` only makes objects.
    func suspended(_ body: () -> Void) {
        _ = PyGC_Disable()
        defer { _ = PyGC_Enable() }
        body()
    }
}
