internal import CLinux
internal import Glibc

/// A landlock rule set. Every right that it handles is refused unless a rule allows it (landlock(7)).
public struct LandlockRules: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor
    private let abi: Int

    /// The ABI the kernel offers.
    ///
    /// - Throws: `SystemError`; ENOSYS when landlock is not built into the kernel, EOPNOTSUPP when it is not enabled.
    public static func kernelABI() throws(SystemError) -> Int {
        Int(try checked("landlock_create_ruleset", CLinux_landlock_abi()))
    }

    /// An empty rule set that handles all rights of `abi`: files, TCP from ABI 4 on, device controls from 5 on and, if
    /// `isScoped`, signals and abstract sockets from 6 on.
    public init(abi: Int, isScoped: Bool) throws(SystemError) {
        let number = try checked(
            "landlock_create_ruleset",
            CLinux_landlock_create(Int32(clamping: abi), isScoped ? 1 : 0)
        )
        self.descriptor = OwnedDescriptor(owning: number)
        self.abi = abi
    }

    /// The descriptor's number, borrowed.
    public var rawValue: CInt { self.descriptor.rawValue }

    /// Allows reading a file, or reading and listing everything below a folder. Execution stays refused.
    public func allowReading(_ path: String) throws(SystemError) {
        let number = try unsafe checked("open", CLinux_open_path(path))
        let target = OwnedDescriptor(owning: number)
        var information = stat()
        // Safety: the call fills the structure it is given.
        try retrying("fstat") { unsafe fstat(target.rawValue, &information) }
        let isFolder = (information.st_mode & S_IFMT) == S_IFDIR
        try checked(
            "landlock_add_rule",
            CLinux_landlock_allow_read(self.descriptor.rawValue, target.rawValue, isFolder ? 1 : 0)
        )
    }

    /// Allows reading and writing below a folder, and making and removing files and folders there.
    public func allowWriting(_ path: String) throws(SystemError) {
        let target = OwnedDescriptor(owning: try unsafe checked("open", CLinux_open_path(path)))
        try checked(
            "landlock_add_rule",
            CLinux_landlock_allow_write(self.descriptor.rawValue, target.rawValue, Int32(clamping: self.abi))
        )
    }

    /// Restricts this thread to the rules, in a new landlock domain. Needs no_new_privs.
    public func restrict() throws(SystemError) {
        try checked("landlock_restrict_self", CLinux_landlock_restrict(self.descriptor.rawValue))
    }
}
