public import Foundation
import Glibc

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
    }

    deinit {
        try? FileManager.default.removeItem(atPath: self.path)
    }

    public func file(_ name: String, _ text: String) throws -> String {
        let path = "\(self.path)/\(name)"
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        return path
    }
}
