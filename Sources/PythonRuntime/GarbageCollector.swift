import CPython

/// The cyclic garbage collector, as the runner steers it.
@safe
final class GarbageCollector {
    private let freezeFunction: PythonReference

    init() throws(PythonException) {
        self.freezeFunction = try PythonReference.importing("gc").attribute("freeze")
    }

    /// Moves everything there is out of the collector's sight, so that it is neither visited nor, in a forked process,
    /// copied.
    func freeze() throws(PythonException) {
        _ = try self.freezeFunction.call()
    }

    /// Runs `body` without collections: while many objects are made and none becomes garbage, they only cost time.
    func suspended(_ body: () -> Void) {
        _ = PyGC_Disable()
        defer { _ = PyGC_Enable() }
        body()
    }
}
