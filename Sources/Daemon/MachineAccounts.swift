import Glibc
import Tasks

/// Users and groups of this machine.
enum MachineAccounts {
    /// The identity of a user, nil when there is none of that name.
    static func user(_ name: String) -> WorkerIdentity? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 1 << 14)
        guard getpwnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        return WorkerIdentity(uid: entry.pw_uid, gid: entry.pw_gid)
    }

    /// The id of a group, nil when there is none of that name.
    static func group(_ name: String) -> UInt32? {
        var entry = Glibc.group()
        var found: UnsafeMutablePointer<Glibc.group>?
        var buffer = [CChar](repeating: 0, count: 1 << 14)
        guard getgrnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        return entry.gr_gid
    }

    /// Whether this process may give its own files to a group (chown(2)): root may, and the group's members may.
    static func mayGiveFiles(to group: UInt32) -> Bool {
        if geteuid() == 0 || getegid() == group { return true }
        let count = getgroups(0, nil)
        guard count > 0 else { return false }
        var groups = [gid_t](repeating: 0, count: Int(count))
        let filled = getgroups(count, &groups)
        // Negative when there are more by now.
        return groups.prefix(max(0, Int(filled))).contains(group)
    }

    /// Who workers run as when the service is started as root.
    ///
    /// - Throws: ``ServiceStartError`` when the named user is missing, or is one that workers must not be.
    static func identity(_ user: Settings.WorkerUser) throws(ServiceStartError) -> WorkerIdentity {
        switch user {
        case .identity(let identity): return identity
        case .automatic: return Self.user("terrarium-worker") ?? WorkerIdentity(uid: 64999, gid: 64999)
        case .name(let name):
            guard let identity = Self.user(name) else {
                throw ServiceStartError(
                    exit: .badConfiguration,
                    message: "TERRARIUM_WORKER_USER=\"\(name)\": there is no such user on this machine"
                )
            }
            guard ![0, 65534].contains(identity.uid), identity.gid != 0 else {
                throw ServiceStartError(
                    exit: .badConfiguration,
                    message: "TERRARIUM_WORKER_USER=\"\(name)\": workers may be neither root nor nobody"
                )
            }
            return identity
        }
    }
}
