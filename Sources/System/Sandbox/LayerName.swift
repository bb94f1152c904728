/// The names of the sandbox layers, in the order of reports.
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
    /// The temporary folder of workers. It is reported if one is configured. No mode requires it, because it does not
    /// protect anything.
    static let temporaryFolder = "temporary_folder"

    /// The layers that `strict` requires.
    static let required = [
        identity, userNamespace, pidNamespace, mountNamespace, networkNamespace, ipcNamespace, utsNamespace,
        cgroupNamespace, capabilities, noNewPrivileges, notDumpable, landlock, landlockScopes, descriptors, limits,
        environment, seccomp,
    ]

    /// The layers that `auto` requires. In addition, `auto` requires at least one of the mount namespace and landlock.
    static let minimum = [identity, noNewPrivileges, limits, seccomp]
}
