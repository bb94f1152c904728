import CPython
import Tasks

/// The one CPython interpreter of this process.
///
/// There is no way to end it: a process that has started one leaves by `_exit`. All methods are for the thread that
/// started it, which holds the interpreter lock whenever it is not running a task's code.
@safe
public final class Interpreter {
    let compiler: TaskCompiler
    let streams: TaskStreams
    let garbageCollector: GarbageCollector
    let decoder: ItemsDecoder
    let encoder: ItemsEncoder
    private let forkHooks: ForkHooks
    /// The made-up task that ``rehearse(sink:)`` runs.
    public internal(set) var rehearsal = PythonJob(
        code: [],
        items: ArraySlice(
            #"[{"json": {"n": 1, "text": "é"}}, {"json": {"n": 2.5, "deep": {"list": [true, null]}}}]"#.utf8
        )
    )
    /// The policy in force, once there is one.
    private(set) var rules: (any TaskRules)?

    /// Starts the interpreter: isolated from the environment, the user's folders and `site`, in UTF-8 mode, without
    /// signal handlers, writing no byte code. Adds no thread.
    ///
    /// - Throws: ``PythonRuntimeError``.
    public static func start(_ configuration: InterpreterConfiguration) throws(PythonRuntimeError) -> Interpreter {
        try InterpreterStart.run(configuration)
        do {
            return try Interpreter()
        } catch {
            throw .preparationFailed(step: "making its helpers", reason: ExceptionText.summary(of: error))
        }
    }

    private init() throws(PythonException) {
        self.compiler = try TaskCompiler()
        self.streams = try TaskStreams.install()
        self.garbageCollector = try GarbageCollector()
        let digitLimit = try DigitLimit()
        self.decoder = try ItemsDecoder(digitLimit: digitLimit)
        self.encoder = try ItemsEncoder(digitLimit: digitLimit)
        self.forkHooks = ForkHooks()
        // Here, so that the processes forked from this one have it already.
        MemoryReserve.fill()
    }

    /// The version of the interpreter, such as `3.11.2`.
    public var version: String { PythonInstallation.version }

    /// Imports modules ahead of the first task, so that the processes forked from this one have them for nothing.
    ///
    /// - Returns: The modules that could not be imported, and why.
    public func preload(_ modules: [String]) -> [(module: String, reason: String)] {
        var failures: [(module: String, reason: String)] = []
        for module in modules {
            do {
                let name = try PythonText.make(module)
                _ = unsafe try PythonReference(checking: PyImport_Import(name.pointer))
            } catch {
                failures.append((module, ExceptionText.summary(of: error)))
            }
        }
        return failures
    }

    /// Puts the rules in force that every task of this process and of its children is held to.
    func install(_ rules: any TaskRules) {
        precondition(self.rules == nil, "there are rules already")
        self.rules = rules
    }

    /// The last step before the first fork: collects the garbage of the start and takes everything else out of the
    /// collector's sight, so that a child does not copy pages by looking at them.
    ///
    /// - Throws: ``PythonRuntimeError``.
    public func freeze() throws(PythonRuntimeError) {
        do {
            // Once here: what a first task sets up for all later ones is then shared by the children.
            self.chooseRehearsal()
            try self.forkHooks.findGenerators()
            _ = PyGC_Collect()
            try self.garbageCollector.freeze()
        } catch {
            throw .preparationFailed(step: "freezing the heap", reason: ExceptionText.summary(of: error))
        }
    }

    /// To be called in the parent right before fork().
    public func prepareFork() {
        self.forkHooks.prepare()
    }

    /// To be called in the parent right after fork(), whether it succeeded or not.
    public func resumeParentAfterFork() {
        self.forkHooks.resumeParent()
    }

    /// To be called in the child right after fork(): makes new locks and reseeds the random generators.
    ///
    /// - Throws: ``PythonRuntimeError``, when the child would draw the same random numbers as its siblings.
    public func resumeChildAfterFork() throws(PythonRuntimeError) {
        do {
            try self.forkHooks.resumeChild()
        } catch {
            throw .preparationFailed(step: "reseeding", reason: ExceptionText.summary(of: error))
        }
    }

    /// Writes the stack of the main thread to a descriptor, as faulthandler does: async-signal-safe.
    public typealias StackDumper = @convention(c) (Int32, UnsafeMutableRawPointer?) -> Void

    /// What a signal handler needs to tell where a task is: the function and the thread it is for.
    public var stackDumper: (dump: StackDumper, thread: UnsafeMutableRawPointer) {
        // Safety: the main thread's state lives as long as the process, and this is called on the main thread.
        unsafe (CPython_stackDumper(), UnsafeMutableRawPointer(PyThreadState_Get()))
    }
}
