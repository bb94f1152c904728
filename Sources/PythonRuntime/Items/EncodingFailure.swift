/// Why a value has no JSON form, and where it stands in what the task returned.
struct EncodingFailure: Error {
    /// One step from a container to what it holds.
    enum Step {
        case index(Int)
        case key(String)
    }

    /// What is the matter, to be read behind the path.
    let problem: String
    let hint: String?
    /// The steps from the inside out: each container adds its own while the error passes through it.
    private(set) var steps: [Step] = []
    /// What the path begins with, such as `items[3]`; empty for a sentence that needs no path.
    private var root: String?
    /// The buffer could not take it: nothing is wrong with the value.
    let isBufferFull: Bool

    /// The value contains itself.
    var isCycle = false

    /// The path printed at most this many steps deep, so that a deep value does not give a long message.
    private static let longestPath = 24

    init(_ problem: String, hint: String? = nil) {
        self.problem = problem
        self.hint = hint
        self.isBufferFull = false
    }

    /// A failure whose sentence needs no path in front.
    init(whole sentence: String, hint: String?) {
        self.problem = sentence
        self.hint = hint
        self.isBufferFull = false
        self.root = ""
    }

    private init(bufferFull: Void) {
        self.problem = ""
        self.hint = nil
        self.isBufferFull = true
    }

    /// The output buffer reached its limit or found no memory; its state says which.
    static var bufferFull: EncodingFailure { EncodingFailure(bufferFull: ()) }

    /// The same failure, one container further out.
    func inside(_ step: Step) -> EncodingFailure {
        var failure = self
        failure.steps.append(step)
        return failure
    }

    /// The same failure, with the name of what the path begins at.
    func rooted(_ root: String) -> EncodingFailure {
        var failure = self
        if failure.root == nil { failure.root = root }
        return failure
    }

    /// The whole sentence.
    var message: String {
        guard var path = self.root, !path.isEmpty else { return self.problem }
        for step in self.steps.reversed().prefix(Self.longestPath) {
            switch step {
            case .index(let index): path += "[\(index)]"
            case .key(let key): path += "[\"\(ExceptionText.bounded(key, to: 80))\"]"
            }
        }
        if self.steps.count > Self.longestPath { path += "…" }
        return "\(path) \(self.problem)"
    }
}
