internal import Glibc

/// Looks up the users and groups of this machine by getpwnam(3) and getgrnam(3).
///
/// An entry may be of any size, because a group's entry has the names of all its members. The buffer grows until the
/// entry fits.
public enum AccountDatabase {
    /// The most bytes of one entry. A larger entry is reported as an error (ERANGE), not as missing.
    private static let maximumEntry = 64 << 20

    /// The ids of a user.
    ///
    /// - Parameters:
    ///   - name: The user's name.
    ///   - initialSize: The size of the first buffer that is tried, in bytes.
    /// - Returns: nil when there is no user of that name.
    /// - Throws: `SystemError` when the database cannot be read.
    public static func user(
        named name: String,
        initialSize: Int = 1 << 14
    ) throws(SystemError) -> (uid: UInt32, gid: UInt32)? {
        try unsafe self.find("getpwnam_r", passwd(), initialSize) { entry, buffer, size, found in
            unsafe getpwnam_r(name, entry, buffer, size, found)
        } reading: {
            unsafe ($0.pw_uid, $0.pw_gid)
        }
    }

    /// The id of a group; nil when no group has that name. Parameters and errors are those of
    /// ``user(named:initialSize:)``.
    public static func group(named name: String, initialSize: Int = 1 << 14) throws(SystemError) -> UInt32? {
        try unsafe self.find("getgrnam_r", Glibc.group(), initialSize) { entry, buffer, size, found in
            unsafe getgrnam_r(name, entry, buffer, size, found)
        } reading: {
            unsafe $0.gr_gid
        }
    }

    /// The name of a user; nil when the id has no entry. Errors as of ``user(named:initialSize:)``.
    public static func userName(_ uid: UInt32, initialSize: Int = 1 << 14) throws(SystemError) -> String? {
        try unsafe self.find("getpwuid_r", passwd(), initialSize) { entry, buffer, size, found in
            unsafe getpwuid_r(uid, entry, buffer, size, found)
        } reading: {
            unsafe $0.pw_name.map { unsafe String(cString: $0) }
        }
    }

    /// The name of a group; nil when the id has no entry. Errors as of ``user(named:initialSize:)``.
    public static func groupName(_ gid: UInt32, initialSize: Int = 1 << 14) throws(SystemError) -> String? {
        try unsafe self.find("getgrgid_r", Glibc.group(), initialSize) { entry, buffer, size, found in
            unsafe getgrgid_r(gid, entry, buffer, size, found)
        } reading: {
            unsafe $0.gr_name.map { unsafe String(cString: $0) }
        }
    }

    /// Calls one of the four functions with a larger buffer after each ERANGE.
    private static func find<Entry, Value>(
        _ call: String,
        _ empty: Entry,
        _ initialSize: Int,
        _ body: (
            UnsafeMutablePointer<Entry>, UnsafeMutablePointer<CChar>, Int,
            UnsafeMutablePointer<UnsafeMutablePointer<Entry>?>
        ) -> CInt,
        reading: (Entry) -> Value?
    ) throws(SystemError) -> Value? {
        var size = max(1, initialSize)
        while true {
            let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: size)
            defer { unsafe buffer.deallocate() }
            var entry = empty
            var found: UnsafeMutablePointer<Entry>?
            // Safety: the texts of the entry are in the buffer, which lives until they have been read.
            switch unsafe body(&entry, buffer, size, &found) {
            case 0: return unsafe found == nil ? nil : reading(entry)
            case EINTR: continue
            // Some sources return these errors for a missing entry (getpwnam(3), RETURN VALUE).
            case ENOENT, ESRCH, EBADF, EPERM: return nil
            case ERANGE where size < self.maximumEntry: size *= 2
            case let code: throw SystemError(call, code)
            }
        }
    }
}
