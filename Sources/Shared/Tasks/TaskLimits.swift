/// The limits of one task on memory, processor time, result and printed text.
public struct TaskLimits: Equatable, Sendable {
    /// Bytes of memory above what a warm worker has before its task begins.
    public var memory: Int
    /// Processor time.
    public var cpu: Duration
    /// Bytes of the encoded result.
    public var output: Int
    /// Bytes of printed text; the rest is cut off and marked.
    public var log: Int

    public init(memory: Int, cpu: Duration, output: Int, log: Int) {
        self.memory = memory
        self.cpu = cpu
        self.output = output
        self.log = log
    }

    /// How deep a result, or the items of a request, may be nested. n8n's own runner passes about 500 levels in and 900 out.
    public static let maximumNesting = 1000
}
