internal import CLinux
internal import Glibc

/// Sends the service's state to the service manager (sd_notify(3)), as datagrams to `NOTIFY_SOCKET`.
///
/// The socket is opened once and kept, so that `WATCHDOG=1` can be sent even while the service has no descriptor left.
/// Without that message the service manager would end the service and all its tasks.
public struct ServiceNotifier: Hashable, Sendable {
    private final class Socket: Sendable {
        let descriptor: OwnedDescriptor

        init() throws(SystemError) {
            self.descriptor = OwnedDescriptor(owning: try checked("socket", CLinux_unix_socket(1)))
        }
    }

    /// The socket's path. A leading `@` means the NUL byte of an abstract socket name.
    public let address: String
    /// The service manager's watchdog interval; nil without a watchdog. `WATCHDOG=1` must be sent at half this interval.
    public let watchdogInterval: Duration?
    /// The kept socket; nil if it could not be opened.
    private let socket: Socket?

    public init(address: String, watchdogInterval: Duration? = nil) {
        self.address = address
        self.watchdogInterval = watchdogInterval
        self.socket = try? Socket()
    }

    public static func == (left: ServiceNotifier, right: ServiceNotifier) -> Bool {
        left.address == right.address && left.watchdogInterval == right.watchdogInterval
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(self.address)
        hasher.combine(self.watchdogInterval)
    }

    /// The notifier that the environment configures (`NOTIFY_SOCKET`, `WATCHDOG_USEC`, `WATCHDOG_PID`); nil without a
    /// service manager.
    public static func fromEnvironment() -> ServiceNotifier? {
        guard let address = CurrentProcess.environmentValue("NOTIFY_SOCKET"),
            address.hasPrefix("/") || address.hasPrefix("@"), address.utf8.count > 1
        else { return nil }
        var interval: Duration?
        if let microseconds = CurrentProcess.environmentValue("WATCHDOG_USEC").flatMap({ Int64($0) }), microseconds > 0
        {
            let pid = CurrentProcess.environmentValue("WATCHDOG_PID")
            // Without WATCHDOG_PID the watchdog applies to every process that reads it (sd_watchdog_enabled(3)).
            if pid == nil || pid.flatMap({ Int32($0) }) == CurrentProcess.pid {
                interval = .microseconds(microseconds)
            }
        }
        return ServiceNotifier(address: address, watchdogInterval: interval)
    }

    /// Sends one notification, such as `READY=1\nSTATUS=5 warm workers`.
    public func notify(_ state: String) throws(SystemError) {
        let socket: Socket
        if let kept = self.socket { socket = kept } else { socket = try Socket() }
        var path = Array(self.address.utf8.map { CChar(bitPattern: $0) })
        if path.first == CChar(bitPattern: UInt8(ascii: "@")) { path[0] = 0 }
        let text = state.utf8.map { CChar(bitPattern: $0) }
        // Safety: both buffers outlive the call, which reads the counts it is given.
        let result = unsafe path.withUnsafeBufferPointer { path in
            unsafe text.withUnsafeBufferPointer { text -> Int32 in
                guard let address = path.baseAddress, let bytes = text.baseAddress else { return -EINVAL }
                return unsafe CLinux_unix_send_to(socket.descriptor.rawValue, address, path.count, bytes, text.count)
            }
        }
        try checked("sendto", result)
    }
}
