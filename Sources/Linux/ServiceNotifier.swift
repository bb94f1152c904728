internal import CLinux
internal import Glibc

/// Tells the service manager how the service is doing (sd_notify(3)): datagrams to `NOTIFY_SOCKET`.
public struct ServiceNotifier: Hashable, Sendable {
    /// The socket's path; a leading `@` stands for the NUL of an abstract one.
    public let address: String
    /// How often the manager wants to hear `WATCHDOG=1`, nil when it does not. Send it twice as often.
    public let watchdogInterval: Duration?

    public init(address: String, watchdogInterval: Duration? = nil) {
        self.address = address
        self.watchdogInterval = watchdogInterval
    }

    /// What the environment asks for (`NOTIFY_SOCKET`, `WATCHDOG_USEC`, `WATCHDOG_PID`); nil without a manager.
    public static func fromEnvironment() -> ServiceNotifier? {
        guard let address = CurrentProcess.environmentValue("NOTIFY_SOCKET"),
            address.hasPrefix("/") || address.hasPrefix("@"), address.utf8.count > 1
        else { return nil }
        var interval: Duration?
        if let microseconds = CurrentProcess.environmentValue("WATCHDOG_USEC").flatMap({ Int64($0) }), microseconds > 0
        {
            let pid = CurrentProcess.environmentValue("WATCHDOG_PID")
            // Without a pid the watchdog is meant for whoever reads it.
            if pid == nil || pid.flatMap({ Int32($0) }) == CurrentProcess.pid {
                interval = .microseconds(microseconds)
            }
        }
        return ServiceNotifier(address: address, watchdogInterval: interval)
    }

    /// Sends one notification, such as `READY=1\nSTATUS=5 warm workers`.
    public func notify(_ state: String) throws(SystemError) {
        let socket = OwnedDescriptor(owning: try checked("socket", CLinux_unix_socket(1)))
        var path = Array(self.address.utf8.map { CChar(bitPattern: $0) })
        if path.first == CChar(bitPattern: UInt8(ascii: "@")) { path[0] = 0 }
        let text = state.utf8.map { CChar(bitPattern: $0) }
        // Safety: both buffers outlive the call, which reads the counts it is given.
        let result = unsafe path.withUnsafeBufferPointer { path in
            unsafe text.withUnsafeBufferPointer { text -> Int32 in
                guard let address = path.baseAddress, let bytes = text.baseAddress else { return -EINVAL }
                return unsafe CLinux_unix_send_to(socket.rawValue, address, path.count, bytes, text.count)
            }
        }
        try checked("sendto", result)
    }
}
