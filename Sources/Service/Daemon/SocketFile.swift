import Glibc

/// The file of a Unix socket that this service bound. It is identified by device and inode, so that `remove` never removes
/// the socket of another service at the same path.
struct SocketFile: Sendable {
    let path: String
    private let device: dev_t
    private let inode: ino_t

    /// Records device and inode of the file at the path; nil when the path does not exist.
    init?(path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        self.path = path
        self.device = status.st_dev
        self.inode = status.st_ino
    }

    /// Removes the file unless the path now leads to a different file.
    func remove() {
        var status = stat()
        guard lstat(self.path, &status) == 0, status.st_dev == self.device, status.st_ino == self.inode else { return }
        unlink(self.path)
    }
}
