import Text

/// The reason why a value cannot be encoded as JSON, and the path to the value in the task's result.
struct EncodingFailure: Error {
    /// One step of the path, from a container to an element.
    enum Step {
        case index(Int)
        case key(String)
    }

    /// The description of the problem, which follows the path in the message.
    let problem: String
    let hint: String?
    /// The steps of the path, innermost first: each container adds its step while the error passes through it.
    private(set) var steps: [Step] = []
    /// The beginning of the path, such as `items[3]`; empty for a message without a path, and nil until it is known.
    private var root: String?
    /// Whether the output buffer was full; the value itself is valid then.
    let isBufferFull: Bool

    /// Whether the problem is that the value contains itself.
    var isCycle = false

    /// Whether the task's memory did not suffice to read the value.
    private(set) var isOutOfMemory = false

    /// The most steps of the path that the message shows.
    private static let longestPath = 24

    init(_ problem: String, hint: String? = nil) {
        self.problem = problem
        self.hint = hint
        self.isBufferFull = false
    }

    /// A failure whose message is the given sentence, without a path.
    init(whole sentence: String, hint: String?) {
        self.problem = sentence
        self.hint = hint
        self.isBufferFull = false
        self.root = ""
    }

    /// The failure for an exception that CPython raised while a value was read.
    init(reading exception: PythonException) {
        self.init("could not be read: \(ExceptionText.summary(of: exception))")
        self.isOutOfMemory = exception.matches(.memoryError)
    }

    private init(bufferFull: Void) {
        self.problem = ""
        self.hint = nil
        self.isBufferFull = true
    }

    /// The failure for an output buffer that reached its limit or ran out of memory; the buffer's state tells which.
    static var bufferFull: EncodingFailure { EncodingFailure(bufferFull: ()) }

    /// This failure with a step added at the front of its path, for the next outer container.
    func inside(_ step: Step) -> EncodingFailure {
        var failure = self
        failure.steps.append(step)
        return failure
    }

    /// This failure with `root`, the name of the outermost value, at the beginning of its path.
    func rooted(_ root: String) -> EncodingFailure {
        var failure = self
        if failure.root == nil { failure.root = root }
        return failure
    }

    /// The message: the path followed by the description of the problem.
    var message: String {
        guard var path = self.root, !path.isEmpty else { return self.problem }
        for step in self.steps.reversed().prefix(Self.longestPath) {
            switch step {
            case .index(let index): path += "[\(index)]"
            case .key(let key): path += "[\"\(BoundedText.cut(key, toBytes: 80))\"]"
            }
        }
        if self.steps.count > Self.longestPath { path += "…" }
        return "\(path) \(self.problem)"
    }
}
