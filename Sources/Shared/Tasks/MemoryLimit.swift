/// How much memory one task may use, and the setting that decides about it, for messages.
public struct MemoryLimit: Equatable, Sendable {
    public var bytes: Int
    /// The variable to raise if the task needs more memory.
    public var setting: String

    public init(bytes: Int, setting: String) {
        self.bytes = bytes
        self.setting = setting
    }
}

extension TaskLimits {
    /// The bytes of memory that a task of n8n's gets for each byte of code and items. As Python objects, items take several
    /// times the size of their text, and the result needs memory at the same time. n8n's own runner has no memory limit.
    static let memoryPerByte = 12

    /// The memory limit of a task: ``memory``. For a task of n8n's, the limit grows with the size of code and items, up to
    /// ``memoryCeiling``.
    public func memory(of dialect: TaskDialect, bytes: Int) -> MemoryLimit {
        guard dialect == .n8n, self.memoryCeiling > self.memory else {
            return MemoryLimit(bytes: self.memory, setting: "TERRARIUM_MEMORY_LIMIT")
        }
        let grown = self.memory + Self.memoryPerByte * bytes
        return grown < self.memoryCeiling
            ? MemoryLimit(bytes: grown, setting: "TERRARIUM_MEMORY_LIMIT")
            : MemoryLimit(bytes: self.memoryCeiling, setting: "TERRARIUM_MEMORY_CEILING")
    }

    /// The memory limit of `task`, whose items must not have been released yet.
    public func memory(for task: PythonTask) -> MemoryLimit {
        self.memory(of: task.dialect, bytes: task.code.count + task.items.bytes.count)
    }
}
