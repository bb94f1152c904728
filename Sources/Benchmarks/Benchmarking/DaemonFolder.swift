import Daemon
import Glibc
import Linux

/// The private folder of a measured service. It contains the service's settings, its socket, and the socket to which it
/// reports readiness. The folder and its contents are removed when this value is deinitialised.
struct DaemonFolder: ~Copyable, Sendable {
    private let path: String

    var settings: String { "\(self.path)/runner.conf" }
    var socket: String { "\(self.path)/terrarium.sock" }
    var notifications: String { "\(self.path)/notify" }

    /// - Throws: `EmbeddedService.StartError` if the folder cannot be made.
    init(environment: [String: String]) throws {
        self.path = try EmbeddedService.makeFolder(environment: environment)
    }

    deinit {
        for file in [self.settings, self.socket, self.notifications] { unlink(file) }
        rmdir(self.path)
    }

    /// - Throws: `SystemError`.
    func writeSettings(_ text: String) throws {
        let descriptor = open(self.settings, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError("open", errno) }
        let file = OwnedDescriptor(owning: descriptor)
        try DescriptorIO.writeFully(Array(text.utf8), to: file.rawValue)
    }
}
