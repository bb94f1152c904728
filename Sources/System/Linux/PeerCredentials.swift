internal import CLinux

/// The process at the other end of a Unix socket, at the time when it connected or listened (SO_PEERCRED in unix(7)).
public struct PeerCredentials: Hashable, Sendable {
    /// 0 if the peer's pid namespace is not visible from this process.
    public var pid: Int32
    public var uid: UInt32
    public var gid: UInt32

    public init(pid: Int32, uid: UInt32, gid: UInt32) {
        self.pid = pid
        self.uid = uid
        self.gid = gid
    }

    /// The credentials of the peer of a connected socket. The socket is borrowed.
    public static func of(_ socket: CInt) throws(SystemError) -> PeerCredentials {
        var credentials = CLinux_credentials()
        // Safety: the call fills the structure it is given.
        try unsafe checked("getsockopt", CLinux_peer_credentials(socket, &credentials))
        return PeerCredentials(pid: credentials.pid, uid: credentials.uid, gid: credentials.gid)
    }
}
