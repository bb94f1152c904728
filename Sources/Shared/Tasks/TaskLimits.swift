/// The limits of one task on memory, processor time, result and printed text.
public struct TaskLimits: Equatable, Sendable {
    /// Bytes of memory above what a warm worker has before its task begins.
    public var memory: Int
    /// 0 where ``memory`` does not grow.
    private var ceiling: Int
    /// Processor time.
    public var cpu: Duration
    /// Bytes of the encoded result.
    public var output: Int
    /// Bytes of printed text; the rest is cut off and marked.
    public var log: Int

    public init(memory: Int, memoryCeiling: Int? = nil, cpu: Duration, output: Int, log: Int) {
        self.memory = memory
        self.ceiling = memoryCeiling.map { $0 > memory ? $0 : 0 } ?? 0
        self.cpu = cpu
        self.output = output
        self.log = log
    }

    /// The most that ``memory`` grows to for an n8n task with large items; the same as ``memory`` where nothing grows.
    public var memoryCeiling: Int { max(self.memory, self.ceiling) }

    /// How deep a result, or the items of a request, may be nested. n8n's own runner passes about 500 levels in and 900 out.
    public static let maximumNesting = 1000
}
