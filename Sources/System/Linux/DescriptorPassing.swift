internal import CLinux

/// Sends and receives messages over a Unix socket that may carry a descriptor (sendmsg(2), recvmsg(2), SCM_RIGHTS in
/// unix(7)).
public enum DescriptorPassing {
    /// Sends one complete message with at most one descriptor, which stays open in this process. Never raises SIGPIPE.
    ///
    /// On a stream socket the descriptor travels with the first byte; at least one byte is needed to carry it.
    ///
    /// - Throws: `SystemError`; EMSGSIZE if the message is too large for a socket that keeps message boundaries.
    public static func send(_ bytes: [UInt8], descriptor: CInt?, over socket: CInt) throws(SystemError) {
        precondition(descriptor == nil || !bytes.isEmpty, "a descriptor needs a byte to travel with")
        // Safety: the buffer outlives the call, which reads `count` bytes of it.
        let sent = unsafe bytes.withUnsafeBytes { buffer in
            unsafe CLinux_send_descriptor(socket, buffer.baseAddress, buffer.count, descriptor ?? -1)
        }
        guard sent >= 0 else { throw SystemError("sendmsg", Int32(-sent)) }
        guard Int(sent) < bytes.count else { return }
        // A stream socket may split a message. The descriptor went with the first part.
        try DescriptorIO.writeFully(bytes[Int(sent)...], to: socket)
    }

    /// Receives one message of at most `maximum` bytes. On a stream socket, it receives the available bytes.
    ///
    /// If the message has a descriptor, but this process has reached its limit on descriptors, the message is returned
    /// without it. An error instead would make the caller close the connection.
    ///
    /// - Returns: nil at the end of the stream.
    /// - Throws: `SystemError`; EMSGSIZE if the message or its descriptors did not fit. All descriptors of the message
    ///   are closed then.
    public static func receive(from socket: CInt, maximum: Int) throws(SystemError) -> ReceivedMessage? {
        precondition(maximum > 0, "room for at least one byte")
        var descriptor: Int32 = -1
        var count: Int64 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: maximum) { buffer, initialized in
            // Safety: the array has room for `maximum` bytes; the call writes at most that many and returns their
            // number.
            guard let base = buffer.baseAddress else { return }
            count = unsafe CLinux_receive_descriptor(socket, base, maximum, &descriptor)
            initialized = count > 0 ? Int(count) : 0
        }
        guard count >= 0 else { throw SystemError("recvmsg", Int32(-count)) }
        let owned = descriptor >= 0 ? OwnedDescriptor(owning: descriptor) : nil
        if bytes.isEmpty && owned == nil { return nil }
        return ReceivedMessage(bytes: bytes, descriptor: owned)
    }
}

/// A message and the descriptor that it carried. The descriptor is closed unless it is taken.
public struct ReceivedMessage: ~Copyable {
    public let bytes: [UInt8]
    private var descriptor: OwnedDescriptor?

    init(bytes: [UInt8], descriptor: consuming OwnedDescriptor?) {
        self.bytes = bytes
        self.descriptor = descriptor
    }

    /// The descriptor, close-on-exec; nil if the message had none, if it could not be received, or if it has been taken
    /// before.
    public mutating func takeDescriptor() -> OwnedDescriptor? {
        self.descriptor.take()
    }
}
