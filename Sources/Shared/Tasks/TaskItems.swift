import Synchronization

/// The items of one task: the text of one JSON array of objects, checked by the front end and never parsed in the broker.
///
/// All copies of a ``PythonTask`` share one instance, so that ``release()`` frees the memory once the worker has the items,
/// although the front end and the dispatcher keep the task until it ends. Safe to use from any thread.
public final class TaskItems: Sendable {
    private let stored: Mutex<ArraySlice<UInt8>>

    /// Makes items from JSON text; without an argument, the empty array `[]`.
    public init(_ bytes: ArraySlice<UInt8> = [0x5B, 0x5D]) {
        self.stored = Mutex(bytes)
    }

    /// The JSON text; empty after ``release()``.
    public var bytes: ArraySlice<UInt8> { self.stored.withLock(\.self) }

    /// Drops the text for all copies of the task.
    public func release() {
        self.stored.withLock { $0 = [] }
    }
}
