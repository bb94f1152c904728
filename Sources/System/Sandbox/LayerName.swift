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
    /// Not a protection: reported where workers are to have a temporary folder, and required by no mode.
    static let temporaryFolder = "temporary_folder"

    /// The layers that `strict` requires.
    static let required = [
        identity, userNamespace, pidNamespace, mountNamespace, networkNamespace, ipcNamespace, utsNamespace,
        cgroupNamespace, capabilities, noNewPrivileges, notDumpable, landlock, landlockScopes, descriptors, limits,
        environment, seccomp,
    ]

    /// The layers that `auto` requires. It also requires the mount namespace or landlock.
    static let minimum = [identity, noNewPrivileges, limits, seccomp]
}
