import Foundation
import Glibc
import TestSupport

/// Makes calls of the C library fail in a daemon while it runs, by a library for LD_PRELOAD.
///
/// The library is compiled for the test. It and the test share a file with one row for each kind of call.
final class FailingCalls: @unchecked Sendable {
    /// In the order of the library.
    enum Call: Int, CaseIterable {
        case accept, socketpair, sendmsg, recvmsg, open, logWrite, socketWrite, epollCreate, epollAdd, pipe, thread,
            clone
    }

    /// As in the library; the test writes the first two and reads the others.
    private struct Row {
        var error: Int32 = 0
        var every: Int32 = 1
        var calls: Int64 = 0
        var failures: Int64 = 0
    }

    /// A C compiler on the PATH.
    static let compiler: String? = {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.flatMap { folder in ["cc", "gcc", "clang"].map { "\(folder)/\($0)" } }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    private let folder: ScratchFolder
    private let rows: UnsafeMutablePointer<Row>

    /// What a daemon needs to be started with.
    var environment: [String: String] {
        ["LD_PRELOAD": "\(self.folder.path)/failing_calls.so", "FAILING_CALLS": "\(self.folder.path)/rows"]
    }

    init() async throws {
        self.folder = try ScratchFolder(mode: 0o755)
        let library = "\(self.folder.path)/failing_calls.so"
        let path = "\(self.folder.path)/rows"
        let size = Call.allCases.count * MemoryLayout<Row>.stride
        guard FileManager.default.createFile(atPath: path, contents: Data(count: size)),
            case let file = Glibc.open(path, O_RDWR | O_CLOEXEC), file >= 0,
            let mapped = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), mapped != MAP_FAILED
        else { throw UnixHTTPConnection.Failure(description: "\(path): errno \(errno)") }
        close(file)
        self.rows = mapped.bindMemory(to: Row.self, capacity: Call.allCases.count)
        let source = "\(Programs.package)/Tests/EndToEnd/FailingCalls/failing_calls.c"
        let compiled = try await Programs.run(
            Self.compiler ?? "/usr/bin/cc",
            ["-shared", "-fPIC", "-o", library, source]
        )
        guard compiled.status == 0 else { throw UnixHTTPConnection.Failure(description: compiled.errors) }
    }

    deinit {
        munmap(self.rows, Call.allCases.count * MemoryLayout<Row>.stride)
    }

    /// From now on every nth call fails, the next one included; none with an error of 0.
    func fail(_ call: Call, _ error: Int32, every: Int32 = 1) {
        self.rows[call.rawValue].every = every
        self.rows[call.rawValue].error = error
    }

    /// How many calls have failed.
    func failures(of call: Call) -> Int { Int(self.rows[call.rawValue].failures) }
}
