import CPython
import PythonRuntime

/// The running C functions that look up an attribute by a name or descriptor that they were given, such as
/// `object.__getattribute__` and `attrgetter`. They get no guarded attribute even if library code called them, because
/// a task may have passed the function to the library as a callback.
///
/// A deputy is recorded by the frame that called it. Python code that the deputy calls, such as the getter of a
/// property, has a frame of its own, by which it is judged. Frames of several threads may be listed at once.
final class Deputies {
    private var frames: [Int] = []
    /// The interpreter's own built-ins, which the frames of libraries have.
    private let realBuiltins: BorrowedReference

    init(_ realBuiltins: DictionaryObject) {
        self.realBuiltins = realBuiltins.object
    }

    /// Whether a frame has called a deputy that has not returned yet.
    func contain(_ frame: InnermostFrame) -> Bool {
        !self.frames.isEmpty && self.frames.contains(frame.identity)
    }

    /// Runs a C function as a deputy.
    func run<Result: ~Copyable, Failure: Error>(
        _ function: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // The frame of a task gets no guarded attribute in any case, so its calls need not be recorded.
        guard let innermost = InnermostFrame(), innermost.builtins == self.realBuiltins else { return try function() }
        let frame = innermost.identity
        self.frames.append(frame)
        defer {
            if self.frames.last == frame {
                self.frames.removeLast()
            } else if let index = self.frames.lastIndex(of: frame) {
                // Another thread has added a frame since.
                self.frames.remove(at: index)
            }
        }
        return try function()
    }
}
