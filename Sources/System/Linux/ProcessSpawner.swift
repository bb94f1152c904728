internal import CLinux
internal import Glibc

/// Namespaces of clone(2) and unshare(2).
public struct Namespaces: OptionSet, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static let user = Namespaces(rawValue: CLinux_namespace_user)
    public static let pid = Namespaces(rawValue: CLinux_namespace_pid)
    public static let mount = Namespaces(rawValue: CLinux_namespace_mount)
    public static let network = Namespaces(rawValue: CLinux_namespace_network)
    public static let ipc = Namespaces(rawValue: CLinux_namespace_ipc)
    public static let uts = Namespaces(rawValue: CLinux_namespace_uts)
    public static let cgroup = Namespaces(rawValue: CLinux_namespace_cgroup)

    /// The short names of the namespaces, as in /proc/PID/ns, in a fixed order.
    public var names: [String] {
        Self.named.filter { self.contains($0.namespace) }.map(\.name)
    }

    public var description: String { self.names.joined(separator: ",") }

    /// The namespace with that short name; nil for an unknown name.
    public init?(name: String) {
        guard let found = Self.named.first(where: { $0.name == name }) else { return nil }
        self = found.namespace
    }

    private static var named: [(name: String, namespace: Namespaces)] {
        [
            ("user", .user), ("pid", .pid), ("mnt", .mount), ("net", .network), ("ipc", .ipc), ("uts", .uts),
            ("cgroup", .cgroup),
        ]
    }
}

/// The id maps of a new user namespace, in the format of uid_map and gid_map (user_namespaces(7)).
public struct IdentityMaps: Hashable, Sendable {
    /// The text of uid_map.
    public var users: String
    /// The text of gid_map.
    public var groups: String
    /// Whether setgroups is denied in the namespace, as it must be for a caller without privileges.
    public var deniesSetgroups: Bool

    public init(users: String, groups: String, deniesSetgroups: Bool) {
        self.users = users
        self.groups = groups
        self.deniesSetgroups = deniesSetgroups
    }
}

/// Options of starting a program.
public struct SpawnOptions: Hashable, Sendable {
    /// The new namespaces for the program. With `.pid`, the program is the first process of a new pid namespace.
    public var namespaces: Namespaces = []
    /// The id maps when `namespaces` has `.user`.
    public var identityMaps: IdentityMaps?
    /// Whether the capabilities that a new user namespace gives survive the exec, as ambient capabilities.
    public var keepsCapabilities = false
    /// The descriptor that becomes the program's standard error; nil for the caller's own.
    public var standardError: CInt?
    /// A cgroup.procs that is open for writing: the program starts in that cgroup (cgroups(7)); nil for the caller's
    /// cgroup.
    public var cgroupMembers: CInt?

    public init() {}
}

/// The failure to start a program: the step and the error.
public struct SpawnError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Step: Int32, Sendable {
        case pipe = 1
        case clone = 2
        /// Writing uid_map, gid_map or setgroups of the new user namespace.
        case identityMaps = 3
        case descriptors = 4
        case capabilities = 5
        case execute = 6
        case directory = 7
        /// Entering the control group.
        case cgroup = 8

        var name: String {
            switch self {
            case .pipe: "pipe2"
            case .clone: "clone3"
            case .identityMaps: "writing the id maps"
            case .descriptors: "arranging descriptors"
            case .capabilities: "keeping capabilities"
            case .execute: "execve"
            case .directory: "chdir"
            case .cgroup: "entering the control group"
            }
        }
    }

    public let step: Step
    /// The program that was to be started.
    public let executable: String
    public let error: SystemError

    public var description: String { "cannot start \(self.executable): \(self.error)" }
}

/// A running program. Dropping this value does not end the program.
// Frozen, so that other modules can consume its fields separately.
@frozen public struct SpawnedProcess: ~Copyable, Sendable {
    public let pid: Int32
    public var descriptor: ProcessDescriptor

    /// Transfers the pidfd to the caller.
    public consuming func takeDescriptor() -> ProcessDescriptor { self.descriptor }
}

/// Starts programs by clone3 with a pidfd; only C code runs between clone and exec.
public enum ProcessSpawner {
    /// Starts a program in a new process group, in `/`, with default signal actions. It has only these descriptors: 0 and 1
    /// are /dev/null, 2 is standard error, and 3, 4, … are the given descriptors in their order.
    ///
    /// - Parameters:
    ///   - executable: The program's absolute path; PATH is not searched.
    ///   - arguments: All arguments, starting with the program's own name.
    ///   - environment: `NAME=value` texts; the caller's environment is not inherited.
    ///   - descriptors: The descriptors to pass, borrowed; the caller closes its own.
    ///   - options: Namespaces and other options.
    /// - Returns: The running program.
    /// - Throws: `SpawnError`, also for failures in the child between clone and exec.
    public static func spawn(
        executable: String,
        arguments: [String],
        environment: [String],
        descriptors: [CInt],
        options: SpawnOptions = SpawnOptions()
    ) throws(SpawnError) -> SpawnedProcess {
        let argumentTexts = CStringArray(arguments)
        let environmentTexts = CStringArray(environment)
        var outcome = CLinux_spawn_result()
        let namespaces = options.namespaces.rawValue
        // Safety: every pointer in the request refers to storage that the closures or the two arrays keep alive during
        // the call.
        let result = unsafe executable.withCString { executable in
            unsafe withOptionalCString(options.identityMaps?.users) { users in
                unsafe withOptionalCString(options.identityMaps?.groups) { groups in
                    unsafe descriptors.withUnsafeBufferPointer { descriptors in
                        var request = unsafe CLinux_spawn_request(
                            executable: executable,
                            arguments: argumentTexts.pointer,
                            environment: environmentTexts.pointer,
                            descriptors: descriptors.baseAddress,
                            descriptor_count: descriptors.count,
                            error_output: options.standardError ?? -1,
                            namespaces: namespaces,
                            uid_map: users,
                            gid_map: groups,
                            deny_setgroups: options.identityMaps?.deniesSetgroups == true ? 1 : 0,
                            keep_capabilities: options.keepsCapabilities ? 1 : 0,
                            cgroup_members: options.cgroupMembers ?? -1
                        )
                        return unsafe CLinux_spawn(&request, &outcome)
                    }
                }
            }
        }
        // Keeps the arrays, which the request points into, alive until the call is done.
        withExtendedLifetime((argumentTexts, environmentTexts)) {}
        guard result == 0 else {
            let step = SpawnError.Step(rawValue: outcome.step) ?? .clone
            throw SpawnError(step: step, executable: executable, error: SystemError(step.name, -result))
        }
        return SpawnedProcess(
            pid: outcome.pid,
            descriptor: ProcessDescriptor(owning: OwnedDescriptor(owning: outcome.pidfd))
        )
    }
}

/// A null-terminated array of C strings that lives as long as this value.
// Safety: this value owns the pointers, and they are not used after it ends.
@safe private final class CStringArray {
    let pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ texts: [String]) {
        self.count = texts.count
        // Safety: there is one more slot than texts, for the terminating null; each slot is initialised below.
        unsafe self.pointer = .allocate(capacity: texts.count + 1)
        for (index, text) in texts.enumerated() {
            unsafe (self.pointer + index).initialize(to: strdup(text))
        }
        unsafe (self.pointer + texts.count).initialize(to: nil)
    }

    deinit {
        // Safety: the texts came from strdup, and no pointer outlives this value.
        for index in 0..<self.count {
            unsafe free(self.pointer[index])
        }
        unsafe self.pointer.deallocate()
    }
}

private func withOptionalCString<Result>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    guard let text else { return body(nil) }
    return unsafe text.withCString(body)
}
