public import Linux
internal import Tasks

extension ServerConfinement {
    /// Creates one namespace by unshare(2). A failure is reported in `auto` mode and thrown in `strict` mode.
    static func unshare(
        _ namespace: Namespaces,
        _ named: ConfinementStep,
        _ layer: String,
        _ mode: SandboxMode,
        _ report: inout LayerReport
    ) throws(ConfinementError) {
        do throws(ConfinementError) {
            try step(named) { () throws(SystemError) in try Mounts.unshare(namespace) }
            report.active(layer, "of its own")
        } catch {
            guard mode == .auto else { throw error }
            report.inactive(layer, "\(error); needs CAP_SYS_ADMIN or user namespaces")
        }
    }

    /// Empties the bounding set if that is permitted, and returns a text for the report.
    static func emptyBoundingSet() throws(ConfinementError) -> String {
        let may = try step(.boundingSet) { () throws(SystemError) in try Privileges.maySetCapabilities() }
        // Without the privilege the bounding set stays. no_new_privs has the same effect: no exec gives a capability.
        guard may else { return "none; the bounding set stays, without effect under no_new_privs" }
        try step(.boundingSet) { () throws(SystemError) in try Privileges.dropBoundingSet() }
        return "none, bounding set empty"
    }

    static func takeIdentity(
        _ profile: SandboxProfile,
        startedIn namespaces: Namespaces,
        _ report: inout LayerReport
    ) throws(ConfinementError) {
        let own = CurrentProcess.userID
        guard own == 0 else {
            report.active(LayerName.identity, "uid \(own), the service's own")
            return
        }
        let identity = profile.identity ?? SandboxProfile.defaultIdentity
        guard identity.uid != 0, identity.gid != 0 else {
            report.inactive(
                LayerName.identity,
                "uid \(identity.uid), gid \(identity.gid): not an unprivileged identity"
            )
            return
        }
        let subject = "uid \(identity.uid), gid \(identity.gid)"
        do throws(ConfinementError) {
            try step(.identity, subject) { () throws(SystemError) in
                try Privileges.takeIdentity(uid: identity.uid, gid: identity.gid)
            }
            report.active(LayerName.identity, subject)
        } catch {
            guard profile.mode == .auto else { throw error }
            report.inactive(LayerName.identity, "\(error); needs CAP_SETUID and CAP_SETGID")
        }
    }
}

extension LayerReport {
    /// Reports the limits of a cgroup. The layer is optional: the service manager may not provide one.
    mutating func cgroup(_ group: Cgroup?) {
        let limits = group?.limits ?? []
        if limits.isEmpty {
            self.inactive(Cgroup.layerName, "no limits of a cgroup v2 on this process; see MemoryMax= and TasksMax=")
        } else {
            self.active(Cgroup.layerName, limits.joined(separator: ", "))
        }
    }

    /// Reports the user and pid namespaces, which are created when the program is started.
    mutating func startedIn(_ namespaces: Namespaces) {
        if namespaces.contains(.user) {
            self.active(LayerName.userNamespace, "of its own")
        } else {
            self.inactive(
                LayerName.userNamespace,
                "not allowed here; see user.max_user_namespaces, and the container engine's seccomp profile"
            )
        }
        if namespaces.contains(.pid) {
            self.active(LayerName.pidNamespace, "of its own; the fork server is its first process")
        } else {
            self.inactive(LayerName.pidNamespace, "not allowed here; needs CAP_SYS_ADMIN or user namespaces")
        }
    }
}

extension SystemCallPolicy {
    /// Installs the SIGSYS handler, which records refused calls and ends the process at dangerous ones. Call it before a
    /// filter is installed: without the handler, any refused call would kill the process.
    public static func installHandler() throws(SystemError) {
        for rule in self.rules where rule.action == .kill {
            guard let number = FilterProgram.number(of: rule.name) else { continue }
            try SystemCallFilter.endProcess(for: number, named: rule.name)
        }
        try SystemCallFilter.recordRefusals()
    }
}

extension FilterProgram {
    /// Installs the program on this thread. It cannot be removed. Needs no_new_privs.
    public func install() throws(SystemError) {
        var failure: SystemError?
        unsafe self.instructions.withUnsafeBytes { buffer in
            do throws(SystemError) {
                // Safety: the kernel copies the instructions before the call returns.
                try unsafe SystemCallFilter.install(buffer)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}
