/// Where the service's Unix socket is when nobody says where: the one rule that the service and its clients share.
public struct SocketLocation: Equatable, Sendable {
    public var path: String
    /// A folder in a place that everybody may write to, such as `/tmp`: the service makes it with mode 0700, and
    /// both sides trust what is inside only if it is a folder of the user's that nobody else may enter.
    public var privateFolder: String?
    /// Whether the socket is for the whole machine rather than for one user.
    public var isForMachine: Bool

    public init(path: String, privateFolder: String? = nil, isForMachine: Bool = false) {
        self.path = path
        self.privateFolder = privateFolder
        self.isForMachine = isForMachine
    }

    /// The group that the machine's socket belongs to: its members may submit tasks. The service's own group is another,
    /// because that one reads the settings and the tokens in them.
    public static let machineGroup = "terrarium-users"

    /// The machine's socket: that of root and of the system service.
    public static let machine = Self(path: "/run/terrarium/terrarium.sock", isForMachine: true)

    /// The socket of the user with that id.
    ///
    /// - Parameters:
    ///   - uid: The user.
    ///   - environment: Its `XDG_RUNTIME_DIR` is taken when it is an absolute path.
    /// - Returns: Where that user's service listens.
    public static func user(_ uid: UInt32, environment: [String: String]) -> Self {
        if let folder = environment["XDG_RUNTIME_DIR"], folder.hasPrefix("/") {
            return Self(path: "\(folder)/terrarium.sock")
        }
        let folder = "/tmp/terrarium-\(uid)"
        return Self(path: "\(folder)/terrarium.sock", privateFolder: folder)
    }

    /// Where the service listens.
    ///
    /// - Parameters:
    ///   - uid: The user that the service runs as.
    ///   - environment: Its `RUNTIME_DIRECTORY`, which systemd sets, makes it the system service.
    /// - Returns: The socket's place.
    public static func service(_ uid: UInt32, environment: [String: String]) -> Self {
        if let folder = environment["RUNTIME_DIRECTORY"]?.split(separator: ":").first, folder.hasPrefix("/") {
            return Self(path: "\(folder)/terrarium.sock", isForMachine: true)
        }
        return uid == 0 ? .machine : .user(uid, environment: environment)
    }
}
