import CTestSupport
public import Foundation
import Glibc
import Linux
import Synchronization

/// A program that a test has started with posix_spawn(3). It has standard input, output and error, and no other descriptor of
/// this process; no signal is blocked or ignored. Dropping the value kills the program.
///
/// Foundation's `Process` is not used. It takes the end of a socket that programs inherit for the end of the program, and one thread
/// for all then waits for that program. A program that closes its descriptors and goes on, as systemd-socket-activate does, hides the
/// end of every other one.
public final class ChildProcess: Sendable {
    public let pid: Int32
    private let descriptor: ProcessDescriptor
    private let status = Mutex<WaitStatus?>(nil)

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - program: The path; `PATH` is not searched.
    ///   - arguments: Those after the program's name.
    ///   - environment: All of the program's environment.
    ///   - folder: The folder it starts in; nil for that of this process.
    ///   - input: Its standard input; nil for `/dev/null`.
    ///   - output: Its standard output; nil for that of this process.
    ///   - errors: Its standard error; nil for that of this process.
    /// - Throws: `UnixHTTPConnection.Failure` when the program cannot be executed, `SystemError` without a descriptor for it.
    public init(
        _ program: String,
        _ arguments: [String] = [],
        environment: [String: String] = ["PATH": "/usr/bin:/bin"],
        folder: String? = nil,
        input: FileHandle? = nil,
        output: FileHandle? = nil,
        errors: FileHandle? = nil
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let folder { CTestSupport_change_directory(&actions, folder) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input.fileDescriptor, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        if let output { posix_spawn_file_actions_adddup2(&actions, output.fileDescriptor, 1) }
        if let errors { posix_spawn_file_actions_adddup2(&actions, errors.fileDescriptor, 2) }
        CTestSupport_close_from(&actions, 3)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        // A group of its own: an interrupt of the terminal ends the tests, which end the program.
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
        posix_spawnattr_setflags(&attributes, Int16(flags))

        let words = ([program] + arguments).map { strdup($0) }
        let variables = environment.map { strdup("\($0)=\($1)") }
        defer { for text in words + variables { free(text) } }
        var pid: pid_t = 0
        let error = posix_spawn(&pid, program, &actions, &attributes, words + [nil], variables + [nil])
        guard error == 0 else {
            throw UnixHTTPConnection.Failure(
                description: "cannot start \(program): \(String(cString: strerror(error)))"
            )
        }
        self.pid = pid
        self.descriptor = try ProcessDescriptor.open(pid: pid)
    }

    deinit {
        self.signal(SIGKILL)
        self.wait()
    }

    /// Sends a signal, if the program runs.
    public func signal(_ number: CInt) {
        try? self.descriptor.signal(number)
    }

    public func terminate() {
        self.signal(SIGTERM)
    }

    public var isRunning: Bool { self.reap() == nil }

    /// Blocks until the program has ended.
    ///
    /// - Returns: Its exit status, or 128 and the number of the signal that ended it.
    @discardableResult public func wait() -> Int32 {
        while true {
            switch self.reap() {
            case .exited(let status): return status
            case .signaled(let number): return 128 + number
            case nil: self.awaitEnd(milliseconds: -1)
            }
        }
    }

    /// Blocks until the program has ended, but for no longer than that time.
    public func wait(seconds: CInt) {
        if self.isRunning { self.awaitEnd(milliseconds: seconds * 1000) }
    }

    private func awaitEnd(milliseconds: CInt) {
        var entry = pollfd(fd: self.descriptor.rawValue, events: Int16(POLLIN), revents: 0)
        _ = poll(&entry, 1, milliseconds)
    }

    private func reap() -> WaitStatus? {
        self.status.withLock { status in
            if status == nil { status = (try? self.descriptor.waitIfEnded()) ?? nil }
            return status
        }
    }
}
