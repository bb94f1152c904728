public import Foundation
import Glibc
import Synchronization

/// A folder of a test's own, gone with the value.
public final class ScratchFolder: Sendable {
    public let path: String

    /// Short, because the path of a Unix socket may have 107 bytes at most.
    public init(mode: mode_t = 0o700) throws {
        var template = Array("/tmp/trm-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw UnixHTTPConnection.Failure(description: "mkdtemp: errno \(errno)")
        }
        self.path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        chmod(self.path, mode)
        _ = Self.registered
        Self.alive.withLock { _ = $0.insert(self.path) }
    }

    deinit {
        Self.alive.withLock { _ = $0.remove(self.path) }
        try? FileManager.default.removeItem(atPath: self.path)
    }

    private static let alive = Mutex<Set<String>>([])
    /// Folders of values that live as long as the test run, such as daemons that a suite shares, go with it.
    private static let registered: Void = {
        atexit { ScratchFolder.alive.withLock { for path in $0 { try? FileManager.default.removeItem(atPath: path) } } }
    }()

    public func file(_ name: String, _ text: String) throws -> String {
        let path = "\(self.path)/\(name)"
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        return path
    }
}
