internal import Glibc
public import Linux
internal import Tasks

/// Starts the program of a fork server, in the namespaces that only its parent can create.
public enum ForkServerProcess {
    /// The argument that tells the program which namespaces it was started in.
    static let namespacesArgument = "--namespaces="

    /// Starts the program in a user namespace and as the first process of a pid namespace. Namespaces that are not
    /// permitted are left out. The program itself reports and decides whether the active layers suffice.
    ///
    /// - Parameters:
    ///   - executable: The program's absolute path.
    ///   - arguments: All arguments, starting with the program's own name; one more is appended.
    ///   - environment: The whole environment; see ``SandboxProfile/environment(timeZone:)``.
    ///   - descriptors: The descriptors that the program gets as 3, 4, ….
    ///   - standardError: The descriptor that becomes the program's standard error; nil for the caller's own.
    ///   - group: The open cgroup.procs of the program's cgroup; nil for none.
    /// - Returns: The running program.
    /// - Throws: `SpawnError` if the program cannot be started without namespaces either, or fails for a temporary
    ///   reason.
    public static func spawn(
        executable: String,
        arguments: [String],
        environment: [String],
        descriptors: [CInt],
        standardError: CInt? = nil,
        group: CInt? = nil
    ) throws(SpawnError) -> SpawnedProcess {
        let isRoot = CurrentProcess.userID == 0
        // Only a privileged caller can create a pid namespace without a user namespace.
        var attempts: ArraySlice<Namespaces> = isRoot ? [[.user, .pid], [.pid], []] : [[.user, .pid], []]
        var group = group
        while let namespaces = attempts.first {
            var options = SpawnOptions()
            options.cgroupMembers = group
            options.namespaces = namespaces
            options.standardError = standardError
            if namespaces.contains(.user) {
                options.identityMaps = self.identityMaps(isRoot: isRoot)
                // A program whose user id is mapped to 0 keeps its capabilities over an exec; any other user id loses
                // them.
                options.keepsCapabilities = !isRoot
            }
            do throws(SpawnError) {
                return try ProcessSpawner.spawn(
                    executable: executable,
                    arguments: arguments + [self.namespacesArgument + namespaces.description],
                    environment: environment,
                    descriptors: descriptors,
                    options: options
                )
            } catch {
                switch error.step {
                case .cgroup:
                    group = nil
                case .clone, .identityMaps, .capabilities:
                    guard !namespaces.isEmpty, self.isRefusal(error.error) else { throw error }
                    attempts.removeFirst()
                case .pipe, .descriptors, .execute, .directory:
                    throw error
                }
            }
        }
        preconditionFailure("the last attempt returns or throws")
    }

    /// Whether the error means that this machine does not permit the namespaces. Other errors, such as a shortage of
    /// memory or processes, may be temporary. A start with fewer namespaces would then weaken the sandbox for the whole
    /// life of the program.
    static func isRefusal(_ error: SystemError) -> Bool {
        switch error.code {
        case EPERM, EACCES, EINVAL, ENOSYS: true
        // The limit on the number of namespaces, or on their nesting (user_namespaces(7)).
        case EUSERS, ENOSPC: true
        // The id maps cannot be written if /proc is not mounted or is read-only.
        case ENOENT, EROFS: true
        default: false
        }
    }

    /// The namespaces that this program was started in, read from its arguments.
    static func startedIn(_ arguments: [String]) -> Namespaces {
        guard let argument = arguments.last(where: { $0.hasPrefix(self.namespacesArgument) }) else { return [] }
        return argument.dropFirst(self.namespacesArgument.count)
            .split(separator: ",")
            .compactMap { Namespaces(name: String($0)) }
            .reduce(into: []) { $0.formUnion($1) }
    }

    /// For root, maps every id to itself, because root must reach folders of other owners until it drops its identity.
    /// For other users, maps only the user's own id, as the kernel requires.
    static func identityMaps(isRoot: Bool) -> IdentityMaps {
        guard isRoot else {
            let uid = CurrentProcess.userID
            let gid = CurrentProcess.groupID
            return IdentityMaps(users: "\(uid) \(uid) 1", groups: "\(gid) \(gid) 1", deniesSetgroups: true)
        }
        return IdentityMaps(
            users: self.identityMap(from: try? FileSystem.readText("/proc/self/uid_map")),
            groups: self.identityMap(from: try? FileSystem.readText("/proc/self/gid_map")),
            deniesSetgroups: false
        )
    }

    /// An id map that maps every id of this namespace to itself.
    static func identityMap(from own: String?) -> String {
        let lines = (own ?? "").split(separator: "\n").compactMap { line -> String? in
            let fields = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard fields.count == 3 else { return nil }
            return "\(fields[0]) \(fields[0]) \(fields[2])"
        }
        return lines.isEmpty ? "0 0 4294967295" : lines.joined(separator: "\n")
    }
}
