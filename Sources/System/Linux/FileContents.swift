/// The contents of a whole file, and its permission bits at the time of reading.
public struct FileContents: Sendable {
    public var bytes: [UInt8]
    /// The permission bits (chmod(2)).
    public var mode: UInt32

    /// A warning text for a secret's file: how accounts other than the owner's can write or read it; nil when they
    /// cannot. Access control lists are not checked.
    public var exposure: String? {
        if self.mode & 0o002 != 0 { return "any account can write to it" }
        if self.mode & 0o020 != 0 { return "its group can write to it" }
        if self.mode & 0o004 != 0 { return "any account can read it" }
        return nil
    }
}
