import Glibc
import Linux
import Tasks

/// Users and groups of this machine.
enum MachineAccounts {
    /// The identity of a user, nil when there is none of that name.
    ///
    /// - Throws: ``ServiceStartError`` when the users cannot be read.
    static func user(_ name: String) throws(ServiceStartError) -> WorkerIdentity? {
        try Self.reading("the user \(name)") { () throws(SystemError) in
            try AccountDatabase.user(named: name).map { WorkerIdentity(uid: $0.uid, gid: $0.gid) }
        }
    }

    /// The id of a group, nil when there is none of that name.
    ///
    /// - Throws: ``ServiceStartError`` when the groups cannot be read.
    static func group(_ name: String) throws(ServiceStartError) -> UInt32? {
        try Self.reading("the group \(name)") { () throws(SystemError) in try AccountDatabase.group(named: name) }
    }

    private static func reading<Value>(
        _ what: String,
        _ body: () throws(SystemError) -> Value
    ) throws(ServiceStartError) -> Value {
        do {
            return try body()
        } catch {
            throw ServiceStartError(exit: .badConfiguration, message: "cannot look up \(what): \(error)")
        }
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
        case .automatic: return try Self.user("terrarium-worker") ?? WorkerIdentity(uid: 64999, gid: 64999)
        case .name(let name):
            guard let identity = try Self.user(name) else {
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
