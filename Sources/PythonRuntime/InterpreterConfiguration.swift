/// How the one interpreter of a process is set up.
public struct InterpreterConfiguration: Equatable, Sendable {
    /// Where the standard library is.
    public var installation: PythonInstallation
    /// Absolute folders with other packages, behind the standard library on `sys.path`.
    public var sitePackages: [String]
    /// Fixes the hash seed, which makes the order of sets reproducible. For tests and measurements only: tasks must
    /// not be able to know it.
    public var hashSeed: UInt32?
    /// Where the memory of Python's objects comes from. For tests only.
    public var allocator: Allocator

    public init(
        installation: PythonInstallation,
        sitePackages: [String] = [],
        hashSeed: UInt32? = nil,
        allocator: Allocator = .standard
    ) {
        self.installation = installation
        self.sitePackages = sitePackages
        self.hashSeed = hashSeed
        self.allocator = allocator
    }

    /// An allocator of CPython's (`PYTHONMALLOC`, which an isolated interpreter does not read).
    public enum Allocator: String, Sendable {
        /// `pymalloc`.
        case standard
        /// The same with debug hooks: what is freed is overwritten, and writing beyond a block ends the process.
        case debug
        /// The C library's `malloc`, so that a memory checker such as AddressSanitizer sees every object.
        case malloc
    }
}
