/// The user who submits a task. Slots and places in the queue are shared fairly among peers. A peer may see and cancel its
/// own tasks.
public struct Peer: Hashable, Sendable {
    /// The user id at the other end of the socket. A front end without a Unix socket uses the service's own user id.
    public var uid: UInt32
    /// Whether the peer may see and cancel the tasks of all users. True for root and for the service's own user.
    public var isPrivileged: Bool

    public init(uid: UInt32, isPrivileged: Bool) {
        self.uid = uid
        self.isPrivileged = isPrivileged
    }
}
