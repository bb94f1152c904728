internal import CLinux

/// Messages over a Unix socket that may carry a descriptor along (sendmsg(2), recvmsg(2), SCM_RIGHTS in unix(7)).
public enum DescriptorPassing {
    /// Sends one message whole, with at most one descriptor, which stays open here. Never raises SIGPIPE.
    ///
    /// On a stream socket the descriptor travels with the first byte; at least one byte is needed to carry it.
    ///
    /// - Throws: `SystemError`; EMSGSIZE too when the socket took only part of the message.
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

    /// Receives one message (on a stream socket: what has arrived) of at most `maximum` bytes.
    ///
    /// - Returns: nil at the end of the stream.
    /// - Throws: `SystemError`; EMSGSIZE when the message or its descriptors did not fit, in which case every descriptor
    ///   that came along is closed.
    public static func receive(from socket: CInt, maximum: Int) throws(SystemError) -> ReceivedMessage? {
        precondition(maximum > 0, "room for at least one byte")
        var descriptor: Int32 = -1
        var count: Int64 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: maximum) { buffer, initialized in
            // Safety: the array has just made room for `maximum` bytes; the call writes at most as many and says how many.
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

/// A message, and the descriptor that came with it; closed unless taken.
public struct ReceivedMessage: ~Copyable {
    public let bytes: [UInt8]
    private var descriptor: OwnedDescriptor?

    init(bytes: [UInt8], descriptor: consuming OwnedDescriptor?) {
        self.bytes = bytes
        self.descriptor = descriptor
    }

    /// The descriptor, close-on-exec; nil when none came along or it was taken before.
    public mutating func takeDescriptor() -> OwnedDescriptor? {
        self.descriptor.take()
    }
}
