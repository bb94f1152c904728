import Glibc
import Linux
import Settings
import Tasks

/// Looks up users and groups of this machine, for the identity of workers and for the group of the socket. Errors of
/// `AccountDatabase` become errors for the operator.
enum MachineAccounts {
    /// The ids of a user, nil when no user has that name.
    ///
    /// - Throws: ``ServiceStartError`` when the look-up fails.
    static func user(_ name: String) throws(ServiceStartError) -> WorkerIdentity? {
        try Self.lookUp("the user \(name)") { () throws(SystemError) in
            try AccountDatabase.user(named: name).map { WorkerIdentity(uid: $0.uid, gid: $0.gid) }
        }
    }

    /// The id of a group, nil when no group has that name.
    ///
    /// - Throws: ``ServiceStartError`` when the look-up fails.
    static func group(_ name: String) throws(ServiceStartError) -> UInt32? {
        try Self.lookUp("the group \(name)") { () throws(SystemError) in try AccountDatabase.group(named: name) }
    }

    private static func lookUp<Value>(
        _ what: String,
        _ body: () throws(SystemError) -> Value
    ) throws(ServiceStartError) -> Value {
        do {
            return try body()
        } catch {
            throw ServiceStartError(exit: .badConfiguration, message: "cannot look up \(what): \(error)")
        }
    }

    /// Whether a process may change the group of its own files to `group` (chown(2)): root may, and a member of the group
    /// may.
    ///
    /// - Parameters:
    ///   - group: The new group.
    ///   - user: The effective user of the process.
    ///   - groups: The groups of the process.
    /// - Returns: Whether the process may change the group.
    static func mayChangeFiles(
        toGroup group: UInt32,
        user: UInt32 = geteuid(),
        groups: [UInt32] = Self.ownGroups()
    ) -> Bool {
        user == 0 || groups.contains(group)
    }

    /// The effective group of this process, followed by its supplementary groups.
    static func ownGroups() -> [UInt32] {
        let count = getgroups(0, nil)
        guard count > 0 else { return [getegid()] }
        var groups = [gid_t](repeating: 0, count: Int(count))
        let filled = getgroups(count, &groups)
        // `filled` is -1 if a supplementary group was added between the two calls.
        return [getegid()] + groups.prefix(max(0, Int(filled)))
    }

    /// The identity that workers take on when the service runs as root.
    ///
    /// - Throws: ``ServiceStartError`` when the named user does not exist, or is root or nobody.
    static func workerIdentity(_ user: ServiceSettings.WorkerUser) throws(ServiceStartError) -> WorkerIdentity {
        switch user {
        case .identity(let identity): return identity
        case .automatic: return try Self.user("terrarium-worker") ?? WorkerIdentity(uid: 64999, gid: 64999)
        case .name(let name):
            guard let identity = try Self.user(name) else {
                throw ServiceStartError(
                    exit: .badConfiguration,
                    message: "TERRARIUM_WORKER_USER=\"\(name)\": this machine has no user of that name"
                )
            }
            guard ![0, 65534].contains(identity.uid), identity.gid != 0 else {
                throw ServiceStartError(
                    exit: .badConfiguration,
                    message:
                        "TERRARIUM_WORKER_USER=\"\(name)\": workers must not run as root or nobody; name another user"
                )
            }
            return identity
        }
    }
}
