import Glibc
public import Settings

/// Finds the service's socket: the socket that the command line or the environment names, otherwise the user's default
/// socket, otherwise the system-wide one.
public enum SocketSearch {
    /// The result of the search.
    public enum Finding: Equatable, Sendable {
        /// The command line or the environment names this path. Whether it exists is not checked.
        case named(String)
        /// A default socket exists at this path. It is used even if no service answers: the other default could be the
        /// socket of a service with another policy.
        case found(String)
        /// Neither of the default sockets exists.
        case absent
        /// `TERRARIUM_SOCKET=none`.
        case disabled
    }

    /// Looks for the socket.
    ///
    /// - Parameters:
    ///   - option: The path given on the command line, which has precedence; nil if none was given.
    ///   - environment: The environment variables: `TERRARIUM_SOCKET`, and those that locate the user's default socket.
    ///   - uid: The user who runs the command.
    /// - Returns: What was found; see ``Finding``.
    /// - Throws: A ``SettingsError`` when `TERRARIUM_SOCKET` has no acceptable value.
    public static func find(
        option: String?,
        environment: [String: String],
        uid: UInt32
    ) throws(SettingsError) -> Finding {
        if let option {
            guard !option.isEmpty else {
                throw SettingsError(
                    variable: "--socket",
                    problem: .unacceptable(value: "", reason: "it is empty", accepted: "the path of a socket")
                )
            }
            return .named(option)
        }
        let own = environment.filter { $0.key == "TERRARIUM_SOCKET" }
        let settings = try LoadedSettings(environment: own, readFile: { _ in "" }).settings
        switch settings.socket {
        case .path(let path): return .named(path)
        case .none: return .disabled
        case .automatic: break
        }
        let candidates = [SocketLocation.user(uid, environment: environment), .system]
        let found = candidates.first { Self.isPresent($0, uid: uid) }
        return found.map { .found($0.path) } ?? .absent
    }

    /// Whether the socket exists and, in a shared folder such as /tmp, belongs to this user.
    private static func isPresent(_ location: SocketLocation, uid: UInt32) -> Bool {
        if let folder = location.privateFolder {
            // Any user can create a folder with this name in /tmp. A service with its socket there would receive this
            // user's code, so the folder must belong to this user alone.
            guard let status = Self.status(folder), status.st_mode & S_IFMT == S_IFDIR, status.st_uid == uid,
                status.st_mode & 0o077 == 0
            else { return false }
        }
        return Self.status(location.path) != nil
    }

    private static func status(_ path: String) -> stat? {
        var result = stat()
        return lstat(path, &result) == 0 ? result : nil
    }
}
