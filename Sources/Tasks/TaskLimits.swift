/// What one task may use, and how much it may say.
public struct TaskLimits: Equatable, Sendable {
    /// Bytes of memory above what a warm worker has before its task begins.
    public var memory: Int
    /// Processor time.
    public var cpu: Duration
    /// Bytes of the encoded result.
    public var output: Int
    /// Bytes of printed text; what goes beyond is cut off and marked.
    public var log: Int

    public init(memory: Int, cpu: Duration, output: Int, log: Int) {
        self.memory = memory
        self.cpu = cpu
        self.output = output
        self.log = log
    }

    /// How deep a result, or the items of a request, may be nested.
    public static let maximumNesting = 256
}

/// The rules a task's code is held to.
public struct TaskPolicy: Equatable, Sendable {
    /// Modules of the standard library that a task may import: top-level or dotted names, groups such as `@safe`,
    /// or `*` alone.
    public var standardLibraryAllow: [String]
    /// Other modules that a task may import, written the same way.
    public var externalAllow: [String]
    /// Built-ins that a task does not see, taken literally.
    public var builtinsDeny: [String]

    public init(standardLibraryAllow: [String], externalAllow: [String], builtinsDeny: [String]) {
        self.standardLibraryAllow = standardLibraryAllow
        self.externalAllow = externalAllow
        self.builtinsDeny = builtinsDeny
    }

    /// Built-ins that are denied by default: those that have no safe form.
    public static let defaultBuiltinsDeny = [
        "eval", "exec", "compile", "open", "input", "breakpoint", "globals", "locals", "vars", "memoryview",
        "license", "help", "credits", "copyright", "exit", "quit",
    ]
}
