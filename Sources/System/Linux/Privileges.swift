internal import CLinux
internal import Glibc

/// Drops privileges of this process irrevocably.
public enum Privileges {
    /// Changes the identity irrevocably: the supplementary groups, then the group ids, then the user ids (real,
    /// effective and saved). The ids are read back and compared.
    ///
    /// - Parameters:
    ///   - uid: The user id.
    ///   - gid: The group id.
    ///   - keepsGroups: Leaves the supplementary groups, for a user namespace in which setgroups is denied.
    /// - Throws: `SystemError`; EPERM also when the ids read back differ from the requested ones.
    public static func takeIdentity(uid: UInt32, gid: UInt32, keepsGroups: Bool = false) throws(SystemError) {
        try checked("setresuid", CLinux_take_identity(uid, gid, keepsGroups ? 1 : 0))
    }

    /// Empties the bounding and ambient sets and locks the securebits (capabilities(7)). Needs CAP_SETPCAP.
    public static func dropBoundingSet() throws(SystemError) {
        try checked("prctl(PR_CAPBSET_DROP)", CLinux_drop_bounding_set())
    }

    /// Drops every capability of this thread (capset(2)).
    public static func dropCapabilities() throws(SystemError) {
        try checked("capset", CLinux_drop_capabilities())
    }

    /// Whether this thread has CAP_SETPCAP in its effective set.
    public static func maySetCapabilities() throws(SystemError) -> Bool {
        try checked("capget", CLinux_has_capability(8)) == 1
    }

    /// Sets no_new_privs: from now on no exec gives this process or its children a privilege (prctl(2),
    /// PR_SET_NO_NEW_PRIVS).
    public static func setNoNewPrivileges() throws(SystemError) {
        try checked("prctl(PR_SET_NO_NEW_PRIVS)", CLinux_set_no_new_privileges())
    }
}
