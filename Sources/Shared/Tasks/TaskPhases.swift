/// The time that a worker spent in each phase of a task, as the worker reports it.
public struct TaskPhases: Equatable, Sendable {
    /// Decoding the items to Python objects.
    public var decode: Duration
    /// Compiling the code, checking it against the policy and running it.
    public var run: Duration
    /// Encoding the result as JSON.
    public var encode: Duration

    public init(decode: Duration = .zero, run: Duration = .zero, encode: Duration = .zero) {
        self.decode = decode
        self.run = run
        self.encode = encode
    }
}
