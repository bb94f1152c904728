/// The default place of the service's Unix socket. Service and clients use the same rule, so that they find each other
/// without configuration.
public struct SocketLocation: Equatable, Sendable {
    public var path: String
    /// The socket's folder when it is in a place that every user may write to, such as `/tmp`. The service creates it with
    /// mode 0700; both sides use it only if it belongs to the user and has that mode.
    public var privateFolder: String?
    /// Whether the socket is that of the system service rather than of one user.
    public var isSystemWide: Bool

    public init(path: String, privateFolder: String? = nil, isSystemWide: Bool = false) {
        self.path = path
        self.privateFolder = privateFolder
        self.isSystemWide = isSystemWide
    }

    /// The group of the system service's socket: its members may submit tasks. It is not the service's own group, which can
    /// read the settings and the tokens in them.
    public static let submitterGroup = "terrarium-users"

    /// The socket of root and of the system service.
    public static let system = Self(path: "/run/terrarium/terrarium.sock", isSystemWide: true)

    /// The socket of the user with that id.
    ///
    /// - Parameters:
    ///   - uid: The user.
    ///   - environment: Its `XDG_RUNTIME_DIR` is used when it is an absolute path.
    /// - Returns: The place of that user's socket.
    public static func user(_ uid: UInt32, environment: [String: String]) -> Self {
        if let folder = environment["XDG_RUNTIME_DIR"], folder.hasPrefix("/") {
            return Self(path: "\(folder)/terrarium.sock")
        }
        let folder = "/tmp/terrarium-\(uid)"
        return Self(path: "\(folder)/terrarium.sock", privateFolder: folder)
    }

    /// The socket of a service.
    ///
    /// - Parameters:
    ///   - uid: The user that the service runs as.
    ///   - environment: If systemd has set `RUNTIME_DIRECTORY` in it, the service is the system service.
    /// - Returns: The place of the socket.
    public static func service(_ uid: UInt32, environment: [String: String]) -> Self {
        if let folder = environment["RUNTIME_DIRECTORY"]?.split(separator: ":").first, folder.hasPrefix("/") {
            return Self(path: "\(folder)/terrarium.sock", isSystemWide: true)
        }
        return uid == 0 ? .system : .user(uid, environment: environment)
    }
}
