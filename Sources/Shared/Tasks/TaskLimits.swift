/// The limits of one task on memory, processor time, result and printed text.
public struct TaskLimits: Equatable, Sendable {
    /// Bytes of memory, on top of those that a warm worker uses before its task begins.
    public var memory: Int
    /// The given ceiling; 0 if ``memory`` does not grow.
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

    /// The largest value that ``memory`` grows to for a task of n8n's with large items; equal to ``memory`` if it does
    /// not grow.
    public var memoryCeiling: Int { max(self.memory, self.ceiling) }

    /// How deep a result, or the items of a request, may be nested. n8n's own runner accepts about 500 levels in items
    /// and 900 in results.
    public static let maximumNesting = 1000
}
