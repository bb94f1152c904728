/// How much memory one task may use, and the setting that decides about it, for messages.
public struct MemoryLimit: Equatable, Sendable {
    public var bytes: Int
    /// The variable to raise for more.
    public var setting: String

    public init(bytes: Int, setting: String) {
        self.bytes = bytes
        self.setting = setting
    }
}

extension TaskLimits {
    /// The memory that n8n's tasks get for each byte of code and items. Items take several times the size of their text, and
    /// the result is beside them; n8n's own runner has no limit.
    static let memoryPerByte = 12

    /// The memory limit of a task: ``memory``, and for n8n's tasks more where code and items are large, up to
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

    /// The memory limit of `task`, which still has its items.
    public func memory(for task: PythonTask) -> MemoryLimit {
        self.memory(of: task.dialect, bytes: task.code.count + task.items.bytes.count)
    }
}
