import Glibc
import TestSupport

/// Many connections to a port of loopback that never complete their request.
final class IdleClients: @unchecked Sendable {
    private struct Client {
        var descriptor: CInt
        /// How many bytes of its request it has sent.
        var sent = 0

        /// Sends the next byte of a request whose last header never ends.
        mutating func drip() {
            let head = Array("GET / HTTP/1.1\r\nX: ".utf8)
            var byte = self.sent < head.count ? head[self.sent] : UInt8(ascii: "x")
            if send(self.descriptor, &byte, 1, CInt(MSG_NOSIGNAL)) == 1 { self.sent += 1 }
        }
    }

    private var clients: [Client] = []
    private let port: Int

    init(port: Int) {
        self.port = port
        // Those of this process and one of its children are two: both need room for thousands.
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            limit.rlim_cur = limit.rlim_max
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
    }

    deinit {
        for client in self.clients { close(client.descriptor) }
    }

    /// Opens connections, and waits for them unless the service is so busy that some take more than a few seconds.
    func open(_ count: Int) throws {
        for _ in 0..<count { self.clients.append(Client(descriptor: try self.connected())) }
        let deadline = ContinuousClock.now + .seconds(5)
        for client in self.clients where ContinuousClock.now < deadline {
            var entry = pollfd(fd: client.descriptor, events: Int16(POLLOUT), revents: 0)
            poll(&entry, 1, 5000)
        }
    }

    /// Waits until the service has closed all but that many.
    ///
    /// A connection whose handshake was lost to a full backlog looks open to its client, and is accepted a second later when
    /// the kernel repeats it. A caller that opens fewer at a time than the backlog has room for, and waits here in between,
    /// has none of these.
    ///
    /// - Returns: Whether it did, within that many seconds.
    func waitUntilOpen(atMost most: Int, within seconds: Int) -> Bool {
        let deadline = ContinuousClock.now + .seconds(seconds)
        var open = self.clients.map(\.descriptor)
        while true {
            open.removeAll(where: self.isClosed)
            if open.count <= most { return true }
            guard ContinuousClock.now < deadline else { return false }
            var entries = open.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            poll(&entries, nfds_t(entries.count), 1000)
        }
    }

    private func connected() throws -> CInt {
        let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_INET, type, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(self.port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard descriptor >= 0, result == 0 || errno == EINPROGRESS else {
            let code = errno
            if descriptor >= 0 { close(descriptor) }
            throw UnixHTTPConnection.Failure(description: "connect: errno \(code)")
        }
        return descriptor
    }

    /// Sends a byte over every connection.
    func drip() {
        for index in self.clients.indices { self.clients[index].drip() }
    }

    /// Opens those again that the service has closed.
    func reopen() throws {
        for index in self.clients.indices where self.isClosed(self.clients[index].descriptor) {
            close(self.clients[index].descriptor)
            self.clients[index] = Client(descriptor: try self.connected())
        }
    }

    private func isClosed(_ descriptor: CInt) -> Bool {
        var byte: UInt8 = 0
        let count = recv(descriptor, &byte, 1, CInt(MSG_DONTWAIT))
        return count == 0 || (count < 0 && errno != EAGAIN && errno != ENOTCONN)
    }

    /// Opens one more connection and drips over it until the service closes it.
    ///
    /// - Returns: Whether it did, within that many seconds.
    func dripUntilClosed(within seconds: Int) throws -> Bool {
        var client = Client(descriptor: try self.connected())
        defer { close(client.descriptor) }
        for _ in 0..<seconds * 10 {
            client.drip()
            var entry = pollfd(fd: client.descriptor, events: Int16(POLLIN), revents: 0)
            if poll(&entry, 1, 100) > 0 { return true }
        }
        return false
    }
}
