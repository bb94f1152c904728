import Glibc
import Linux

/// A datagram socket to which a service reports its readiness, as it would to systemd (sd_notify(3)).
struct NotificationSocket: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor

    /// Binds the socket to a path.
    ///
    /// - Throws: `SystemError`.
    init(path: String) throws {
        let number = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw SystemError("socket", errno) }
        let descriptor = OwnedDescriptor(owning: number)
        guard var address = sockaddr_un(path: path) else { throw SystemError("bind", ENAMETOOLONG) }
        guard bind(descriptor.rawValue, to: &address) == 0 else { throw SystemError("bind", errno) }
        self.descriptor = descriptor
    }

    /// Waits for READY=1.
    ///
    /// - Parameters:
    ///   - process: The pidfd of the service.
    ///   - limit: The longest time to wait.
    /// - Returns: Whether READY=1 was received; false if the service ended or the time was up.
    /// - Throws: `SystemError`.
    func waitUntilReady(process: CInt, limit: Duration) throws -> Bool {
        let deadline = ContinuousClock.now + limit
        while true {
            let left = deadline - .now
            guard left > .zero else { return false }
            let ready = try DescriptorIO.poll(readable: [self.descriptor.rawValue, process], timeout: left)
            if !ready[0].isEmpty {
                let bytes = try DescriptorIO.readSome(maximum: 4096, from: self.descriptor.rawValue) ?? []
                if bytes.split(separator: UInt8(ascii: "\n")).contains(where: { $0.elementsEqual("READY=1".utf8) }) {
                    return true
                }
            } else if !ready[1].isEmpty {
                return false
            }
        }
    }
}

private func bind(_ descriptor: CInt, to address: inout sockaddr_un) -> CInt {
    withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
}

extension sockaddr_un {
    /// The address of the socket at `path`; nil when the path is too long for one (unix(7)).
    init?(path: String) {
        self.init()
        self.sun_family = sa_family_t(AF_UNIX)
        let fits = withUnsafeMutableBytes(of: &self.sun_path) { target in
            guard path.utf8.count < target.count else { return false }
            target.copyBytes(from: path.utf8)
            return true
        }
        guard fits else { return nil }
    }
}
