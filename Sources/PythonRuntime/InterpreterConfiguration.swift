/// How the one interpreter of a process is set up.
public struct InterpreterConfiguration: Equatable, Sendable {
    /// Where the standard library is.
    public var installation: PythonInstallation
    /// Absolute folders with other packages, behind the standard library on `sys.path`.
    public var sitePackages: [String]
    /// Fixes the hash seed, which makes the order of sets reproducible. For tests and measurements only: tasks must
    /// not be able to know it.
    public var hashSeed: UInt32?

    public init(installation: PythonInstallation, sitePackages: [String] = [], hashSeed: UInt32? = nil) {
        self.installation = installation
        self.sitePackages = sitePackages
        self.hashSeed = hashSeed
    }
}
