internal import Tasks

/// The layers' names, in the order in which they are reported.
enum LayerName {
    static let identity = "identity"
    static let userNamespace = "user_namespace"
    static let pidNamespace = "pid_namespace"
    static let mountNamespace = "mount_namespace"
    static let networkNamespace = "network_namespace"
    static let ipcNamespace = "ipc_namespace"
    static let utsNamespace = "uts_namespace"
    static let cgroupNamespace = "cgroup_namespace"
    static let capabilities = "capabilities"
    static let noNewPrivileges = "no_new_privileges"
    static let notDumpable = "not_dumpable"
    static let landlock = "landlock"
    static let landlockScopes = "landlock_scopes"
    static let descriptors = "descriptors"
    static let limits = "limits"
    static let environment = "environment"
    static let seccomp = "seccomp"

    /// What `strict` insists on.
    static let required = [
        identity, userNamespace, pidNamespace, mountNamespace, networkNamespace, ipcNamespace, utsNamespace,
        cgroupNamespace, capabilities, noNewPrivileges, notDumpable, landlock, landlockScopes, descriptors, limits,
        environment, seccomp,
    ]

    /// What `auto` insists on, beside one of the mount namespace and landlock.
    static let floor = [identity, noNewPrivileges, limits, seccomp]
}

/// The layers as they turn out, one after the other.
struct LayerReport {
    private(set) var layers: [SandboxLayer] = []

    mutating func active(_ name: String, _ detail: String) {
        self.layers.append(SandboxLayer(name: name, isActive: true, detail: detail))
    }

    mutating func inactive(_ name: String, _ detail: String) {
        self.layers.append(SandboxLayer(name: name, isActive: false, detail: detail))
    }

    func isActive(_ name: String) -> Bool {
        self.layers.contains { $0.name == name && $0.isActive }
    }

    /// The layers whose absence keeps the service from starting.
    func missing(under mode: SandboxMode) -> [String] {
        switch mode {
        case .strict:
            return LayerName.required.filter { !self.isActive($0) }
        case .auto:
            var missing = LayerName.floor.filter { !self.isActive($0) }
            if !self.isActive(LayerName.mountNamespace) && !self.isActive(LayerName.landlock) {
                missing += [LayerName.mountNamespace, LayerName.landlock]
            }
            return missing
        }
    }
}
