/// The settings of the one interpreter of a process.
public struct InterpreterConfiguration: Equatable, Sendable {
    /// The location of the standard library.
    public var installation: PythonInstallation
    /// Absolute folders with other packages, after the standard library on `sys.path`.
    public var sitePackages: [String]
    /// The paths by which tasks reach their temporary folder; empty if they have none.
    public var temporaryFolders: [String]
    /// The names of environment variables that library code reads and tasks do not see.
    public var hiddenVariables: Set<String>
    /// A fixed hash seed, which makes the order of sets reproducible. For tests and measurements only, because tasks
    /// must not know the seed.
    public var hashSeed: UInt32?
    /// The allocator for Python's objects. For tests only.
    public var allocator: Allocator

    public init(
        installation: PythonInstallation,
        sitePackages: [String] = [],
        temporaryFolders: [String] = [],
        hiddenVariables: Set<String> = [],
        hashSeed: UInt32? = nil,
        allocator: Allocator = .standard
    ) {
        self.installation = installation
        self.sitePackages = sitePackages
        self.temporaryFolders = temporaryFolders
        self.hiddenVariables = hiddenVariables
        self.hashSeed = hashSeed
        self.allocator = allocator
    }

    /// A memory allocator of CPython, as `PYTHONMALLOC` would name it. An isolated interpreter does not read that
    /// variable.
    public enum Allocator: String, Sendable {
        /// CPython's default, `pymalloc`.
        case standard
        /// `pymalloc` with debug hooks: freed memory is overwritten, and a write beyond a block aborts the process.
        case debug
        /// The C library's `malloc`, so that a memory checker such as AddressSanitizer sees every object.
        case malloc
    }
}
