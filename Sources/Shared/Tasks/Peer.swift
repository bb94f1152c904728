/// The user who submits a task. Slots and queue places are shared fairly among peers, and a peer sees and cancels its own tasks.
public struct Peer: Hashable, Sendable {
    /// The user id at the other end of the socket; for a front end without one, that of the service.
    public var uid: UInt32
    /// Root and the service user see and cancel every task, all other users their own.
    public var isPrivileged: Bool

    public init(uid: UInt32, isPrivileged: Bool) {
        self.uid = uid
        self.isPrivileged = isPrivileged
    }
}
