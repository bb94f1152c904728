import Listener
import Tasks

/// One connection's slot in the quota of its user, and its memory charge. The ``ConnectionHandler`` holds it until the
/// connection has closed.
struct ConnectionSlot {
    private let quota: PerUserQuota
    /// The account that the connection is charged to; nil for a connection over the limit, which is not charged.
    private let memory: UserMemory?
    private let uid: UInt32
    /// Whether the connection is over the limit: it gets one response that says so and is then closed.
    let isForRejection: Bool

    /// Takes a slot; nil when neither a connection slot nor a rejection slot is free.
    ///
    /// - Parameters:
    ///   - uid: The peer's user.
    ///   - server: The server whose quotas are used.
    init?(for uid: UInt32, of server: ServerContext) {
        self.uid = uid
        let settings = server.settings.current
        if server.memory.take(ConnectionCharges.connection, for: uid) {
            if server.connectionSlots.take(1, for: uid, of: settings.maximumConnections) {
                self.quota = server.connectionSlots
                self.memory = server.memory
                self.isForRejection = false
                return
            }
            server.memory.release(ConnectionCharges.connection, for: uid)
        }
        self.memory = nil
        guard server.rejectionSlots.take(1, for: uid, of: settings.maximumRejectionSlots) else {
            return nil
        }
        self.quota = server.rejectionSlots
        self.isForRejection = true
    }

    /// Returns the slot to its quota. Must be called exactly once.
    func release() {
        self.quota.release(1, for: self.uid)
        self.memory?.release(ConnectionCharges.connection, for: self.uid)
    }
}
