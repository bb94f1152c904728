import CPython
public import Tasks

/// The one CPython interpreter of this process.
///
/// It is never finalised: a process that has started an interpreter ends by `_exit`. All methods must be called on the
/// thread that started it, which holds the interpreter lock whenever it is not running a task's code.
@safe
public final class Interpreter {
    let compiler: TaskCompiler
    let streams: TaskStreams
    let garbageCollector: GarbageCollector
    let decoder: ItemsDecoder
    let encoder: ItemsEncoder
    private let forkHooks: ForkHooks
    private let stackDumpContext: UnsafeMutableRawPointer
    /// The built-in task that ``rehearse(sink:phases:)`` runs before the worker's real task.
    public internal(set) var rehearsal = PythonTask(
        code: [],
        items: TaskItems(
            ArraySlice(
                #"[{"json": {"n": 1, "text": "é"}}, {"json": {"n": 2.5, "deep": {"list": [true, null]}}}]"#.utf8
            )
        )
    )
    /// The policy in force; nil until one is installed.
    private(set) var policy: (any InstalledPolicy)?

    /// Starts the interpreter. It is isolated from the environment, the user's folders and `site`, runs in UTF-8 mode,
    /// installs no signal handlers and writes no byte code. No thread is started.
    ///
    /// - Throws: ``PythonRuntimeError``.
    public static func start(_ configuration: InterpreterConfiguration) throws(PythonRuntimeError) -> Interpreter {
        try InterpreterStart.run(configuration)
        do {
            return try Interpreter()
        } catch {
            throw .preparationFailed(step: "preparing its parts", reason: ExceptionText.summary(of: error))
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
        guard let context = unsafe CPython_makeStackDumpContext() else { throw PythonException.takePending() }
        unsafe self.stackDumpContext = unsafe context
        // Filled before the first fork, so that forked processes inherit the reserve.
        MemoryReserve.fill()
    }

    /// The version of the interpreter, such as `3.11.2`.
    public var version: String { PythonInstallation.version }

    /// Imports modules before the first fork, so that workers share them without importing them again.
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

    /// The modules of packages that the task imported and that were not loaded before; empty without a policy.
    package var importedModules: [String] { self.policy?.importedModules ?? [] }

    /// Puts a policy in force for every task of this process and of the processes forked from it.
    package func install(_ policy: any InstalledPolicy) {
        precondition(self.policy == nil, "a policy is installed already")
        self.policy = policy
    }

    /// The last step before the first fork. Collects the garbage of the start, and excludes all other objects from later
    /// collections, so that a collection in a child does not copy their pages.
    ///
    /// - Throws: ``PythonRuntimeError``.
    public func freeze() throws(PythonRuntimeError) {
        do {
            // The rehearsal runs once in this process, so that children share the state that a first task initialises.
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
    /// - Throws: ``PythonRuntimeError`` if reseeding failed, so that the child would draw the same random numbers as its
    ///   siblings.
    public func resumeChildAfterFork() throws(PythonRuntimeError) {
        do {
            try self.forkHooks.resumeChild()
        } catch {
            throw .preparationFailed(step: "reseeding", reason: ExceptionText.summary(of: error))
        }
    }

    /// A function that writes the stack of the task to a descriptor, as faulthandler does. It is async-signal-safe.
    public typealias StackDumper = @convention(c) (Int32, UnsafeMutableRawPointer?) -> Void

    /// The function and its context, with which a signal handler on the main thread writes the stack of the task.
    public var stackDumper: (dump: StackDumper, context: UnsafeMutableRawPointer) {
        // Safety: the context lives as long as the process.
        unsafe (CPython_stackDumper(), self.stackDumpContext)
    }
}
