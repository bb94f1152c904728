internal import CLinux

/// Changes to this process's namespaces and mounts.
public enum Mounts {
    /// Moves this process into new namespaces (unshare(2)). For `.user`, the process must have only one thread.
    public static func unshare(_ namespaces: Namespaces) throws(SystemError) {
        try checked("unshare", CLinux_unshare(namespaces.rawValue))
    }

    /// Stops the propagation of mounts into and out of this mount namespace (mount_namespaces(7)).
    public static func makePrivate() throws(SystemError) {
        try checked("mount(MS_PRIVATE)", CLinux_mounts_private())
    }

    /// Mounts an empty tmpfs: nosuid, nodev, noexec, of at most `bytes` bytes.
    public static func mountMemory(at path: String, bytes: UInt64) throws(SystemError) {
        try unsafe checked("mount(tmpfs)", CLinux_mount_tmpfs(path, bytes))
    }

    /// Bind-mounts a folder or a file, with all mounts below it, on another path.
    public static func bind(_ source: String, on target: String) throws(SystemError) {
        try unsafe checked("mount(MS_BIND)", CLinux_bind_tree(source, target))
    }

    /// Makes a mount and everything below it read-only, nosuid and nodev (mount_setattr(2), AT_RECURSIVE).
    public static func makeReadOnly(_ path: String, noExecution: Bool = false) throws(SystemError) {
        try unsafe checked("mount_setattr", CLinux_make_tree_read_only(path, noExecution ? 1 : 0))
    }

    /// Makes a mount point the root, and detaches the old root (pivot_root(2)).
    public static func pivotRoot(to path: String) throws(SystemError) {
        try unsafe checked("pivot_root", CLinux_pivot_root(path))
    }

    /// Sets the host name of the UTS namespace.
    public static func setHostName(_ name: String) throws(SystemError) {
        try unsafe checked("sethostname", CLinux_set_host_name(name))
    }
}
