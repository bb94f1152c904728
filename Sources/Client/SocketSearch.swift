import Glibc
public import Tasks

/// Finds the service's socket: the one that is named, else the user's, else the machine's.
public enum SocketSearch {
    /// What the search comes to.
    public enum Finding: Equatable, Sendable {
        /// The caller or the environment names it; whether it is there does not matter.
        case named(String)
        /// A default socket is there. That it answers is another matter, and never a reason to look elsewhere.
        case found(String)
        /// Neither of the default sockets is there.
        case absent
        /// The environment says that there is no socket.
        case disabled
    }

    /// Looks for the socket.
    ///
    /// - Parameters:
    ///   - option: The path given on the command line, if any; it wins.
    ///   - environment: `TERRARIUM_SOCKET` comes next, then the places that ``SocketLocation`` knows.
    ///   - uid: The asking user.
    /// - Returns: What was found; see ``Finding``.
    /// - Throws: A ``SettingsError`` when `TERRARIUM_SOCKET` has no acceptable value.
    public static func find(
        option: String?,
        environment: [String: String],
        uid: UInt32
    ) throws(SettingsError) -> Finding {
        if let option { return .named(option) }
        let own = environment.filter { $0.key == "TERRARIUM_SOCKET" }
        let settings = try LoadedSettings(environment: own, readFile: { _ in "" }).settings
        switch settings.socket {
        case .path(let path): return .named(path)
        case .none: return .disabled
        case .automatic: break
        }
        let candidates = [SocketLocation.user(uid, environment: environment), .machine]
        let found = candidates.first { Self.isPresent($0, uid: uid) }
        return found.map { .found($0.path) } ?? .absent
    }

    /// Whether something is there that may be trusted to be the service's.
    private static func isPresent(_ location: SocketLocation, uid: UInt32) -> Bool {
        if let folder = location.privateFolder {
            // Anybody can make a folder of that name in /tmp, and would then be handed the user's code.
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
