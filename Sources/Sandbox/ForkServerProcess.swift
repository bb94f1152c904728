internal import Glibc
public import Linux
internal import Tasks

/// Starts the program that will be a fork server, in the namespaces that only its parent can give it.
public enum ForkServerProcess {
    /// The argument by which the program learns which namespaces it was started in.
    static let namespacesArgument = "--namespaces="

    /// Starts it: in a user namespace and as the first process of a process namespace where that is allowed, and
    /// without what is not allowed otherwise. The program itself reports, and decides, whether that is enough.
    ///
    /// - Parameters:
    ///   - executable: An absolute path.
    ///   - arguments: All of them, the program's own name first; one more is appended.
    ///   - environment: All of it; see ``SandboxProfile/environment(timeZone:)``.
    ///   - descriptors: They arrive as 3, 4, ….
    ///   - standardError: What it gets as 2; nil lets the caller's through.
    ///   - group: The open cgroup.procs of the control group it is to be in, where there is one.
    /// - Returns: The running program.
    /// - Throws: `SpawnError` when it cannot be started even without namespaces, or cannot be started now.
    public static func spawn(
        executable: String,
        arguments: [String],
        environment: [String],
        descriptors: [CInt],
        standardError: CInt? = nil,
        group: CInt? = nil
    ) throws(SpawnError) -> SpawnedProcess {
        let isRoot = CurrentProcess.userID == 0
        // A privileged caller can have a process namespace without a user namespace; nobody else can.
        var attempts: ArraySlice<Namespaces> = isRoot ? [[.user, .pid], [.pid], []] : [[.user, .pid], []]
        var group = group
        while let namespaces = attempts.first {
            var options = SpawnOptions()
            options.cgroupMembers = group
            options.namespaces = namespaces
            options.standardError = standardError
            if namespaces.contains(.user) {
                options.identityMaps = self.identityMaps(isRoot: isRoot)
                // Mapped to 0 a program keeps its capabilities over an exec; every other user loses them.
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

    /// Whether namespaces are not to be had here. Anything else, such as a shortage of memory or processes, may be over in a
    /// moment: a start with fewer namespaces would be a weaker sandbox for as long as the program runs.
    static func isRefusal(_ error: SystemError) -> Bool {
        switch error.code {
        case EPERM, EACCES, EINVAL, ENOSYS: true
        // A limit on namespaces, or on their nesting (user_namespaces(7)).
        case EUSERS, ENOSPC: true
        // Id maps cannot be written where /proc is not mounted or is read-only.
        case ENOENT, EROFS: true
        default: false
        }
    }

    /// The namespaces that this program's arguments say it was started in.
    static func startedIn(_ arguments: [String]) -> Namespaces {
        guard let argument = arguments.last(where: { $0.hasPrefix(self.namespacesArgument) }) else { return [] }
        return argument.dropFirst(self.namespacesArgument.count)
            .split(separator: ",")
            .compactMap { Namespaces(name: String($0)) }
            .reduce(into: []) { $0.formUnion($1) }
    }

    /// Maps every identity to itself: root has to reach folders of whoever owns them until it becomes somebody else.
    /// Anybody else may map only themselves.
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

    /// A map of every identity that this namespace has to itself.
    static func identityMap(from own: String?) -> String {
        let lines = (own ?? "").split(separator: "\n").compactMap { line -> String? in
            let fields = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard fields.count == 3 else { return nil }
            return "\(fields[0]) \(fields[0]) \(fields[2])"
        }
        return lines.isEmpty ? "0 0 4294967295" : lines.joined(separator: "\n")
    }
}
