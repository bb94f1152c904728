import Glibc
import ServiceLifecycle
import Synchronization

/// The file of a socket that this service made.
struct SocketFile: Sendable {
    let path: String
    private let device: dev_t
    private let inode: ino_t

    /// Remembers the file that is there now; nil when there is none.
    init?(path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        self.path = path
        self.device = status.st_dev
        self.inode = status.st_ino
    }

    /// Removes the file, unless it is another service's by now.
    func remove() {
        var status = stat()
        guard lstat(self.path, &status) == 0, status.st_dev == self.device, status.st_ino == self.inode else { return }
        unlink(self.path)
    }
}

/// Stops a group that is made after those who will stop it.
final class GroupStopper: Sendable {
    private let stored = Mutex<ServiceGroup?>(nil)

    var group: ServiceGroup? {
        get { self.stored.withLock(\.self) }
        set { self.stored.withLock { $0 = newValue } }
    }

    func stop() async {
        await self.group?.triggerGracefulShutdown()
    }
}
