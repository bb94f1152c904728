import CPython
import PythonRuntime

/// The C functions that are looking up an attribute by a name or through a descriptor they were given, such as
/// `object.__getattribute__` and `attrgetter`. They are served no guarded attribute, independent of their
/// caller: a task may have made the library frame call them.
///
/// Such a function is known by the frame that it runs in. Python code that it calls, such as the getter of a property,
/// has a frame of its own and is judged by that. Frames of several threads may be listed at once.
final class Deputies {
    private var frames: [Int] = []
    /// The interpreter's own built-ins, which the frames of libraries have.
    private let realBuiltins: BorrowedReference

    init(_ realBuiltins: DictionaryObject) {
        self.realBuiltins = realBuiltins.object
    }

    /// Whether a frame is waiting for a deputy.
    func contain(_ frame: InnermostFrame) -> Bool {
        !self.frames.isEmpty && self.frames.contains(frame.identity)
    }

    /// Runs a C function as a deputy.
    func run<Result: ~Copyable, Failure: Error>(
        _ function: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // The frame of a task is not served anyway, so the calls of a task itself cost next to nothing.
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
