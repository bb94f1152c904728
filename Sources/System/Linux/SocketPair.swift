internal import CLinux

/// Two connected Unix sockets, both close-on-exec (socketpair(2)).
@frozen public struct SocketPair: ~Copyable {
    /// The end that stays in this process.
    public var ours: OwnedDescriptor
    /// The end for the other process.
    public var theirs: OwnedDescriptor

    init(ours: consuming OwnedDescriptor, theirs: consuming OwnedDescriptor) {
        self.ours = ours
        self.theirs = theirs
    }

    /// A pair of byte streams.
    public static func stream() throws(SystemError) -> SocketPair {
        try self.make(sequencedPackets: 0)
    }

    /// A pair that keeps message boundaries and reports when the other end is closed.
    public static func sequencedPackets() throws(SystemError) -> SocketPair {
        try self.make(sequencedPackets: 1)
    }

    private static func make(sequencedPackets: Int32) throws(SystemError) -> SocketPair {
        var ours: Int32 = -1
        var theirs: Int32 = -1
        // Safety: the call writes one number through each pointer.
        try unsafe checked("socketpair", CLinux_socket_pair(sequencedPackets, &ours, &theirs))
        return SocketPair(ours: OwnedDescriptor(owning: ours), theirs: OwnedDescriptor(owning: theirs))
    }
}
