public import Foundation
import Glibc
import Synchronization

/// A real daemon on a socket of its own, started for a test and ended with it.
public final class Daemon: Sendable {
    public let folder: ScratchFolder
    public let socketPath: String
    private let user: UInt32?
    private let process: ChildProcess
    private let logPath: String

    /// Starts `terrarium serve` and returns when it says that it is ready (sd_notify(3)).
    ///
    /// With `openFiles` that is its RLIMIT_NOFILE, with `processes` its RLIMIT_NPROC, by util-linux' prlimit. With
    /// `waitsForReady` false it returns at once. With `standardError` the log goes there, and ``log`` stays empty. Nothing is
    /// inherited but `PATH`. With a `user` it runs as that user and group, by util-linux' setpriv, which needs root.
    public static func start(
        _ environment: [String: String] = [:],
        user: UInt32? = nil,
        programs: String = Programs.folder,
        arguments: [String] = [],
        openFiles: Int? = nil,
        processes: Int? = nil,
        waitsForReady: Bool = true,
        standardError: FileHandle? = nil
    ) async throws -> Daemon {
        let limits = openFiles.map { ["--nofile=\($0):\($0)"] } ?? []
        let more = processes.map { ["--nproc=\($0):\($0)"] } ?? []
        return try await offloaded {
            try Daemon(
                environment,
                user,
                programs,
                arguments,
                limits: limits + more,
                waitsForReady: waitsForReady,
                standardError: standardError
            )
        }
    }

    private init(
        _ environment: [String: String],
        _ user: UInt32?,
        _ programs: String,
        _ arguments: [String],
        limits: [String],
        waitsForReady: Bool,
        standardError: FileHandle?
    ) throws {
        let folder = try ScratchFolder(mode: user == nil ? 0o700 : 0o777)
        let notify = try NotifySocket(path: "\(folder.path)/notify")
        self.folder = folder
        self.socketPath = environment["TERRARIUM_SOCKET"] ?? "\(folder.path)/socket"
        self.logPath = "\(folder.path)/log"
        let command = ["\(programs)/terrarium", "serve"] + arguments
        let prefix = user.map { ["setpriv", "--reuid=\($0)", "--regid=\($0)", "--clear-groups"] } ?? []
        var values = ["PATH": "/usr/bin:/bin", "NOTIFY_SOCKET": notify.path, "TERRARIUM_SOCKET": self.socketPath]
        values.merge(environment) { _, own in own }
        _ = FileManager.default.createFile(atPath: self.logPath, contents: nil)
        let log = try FileHandle(forWritingTo: URL(fileURLWithPath: self.logPath))
        let process = try ChildProcess(
            "/usr/bin/env",
            (limits.isEmpty ? [] : ["prlimit"] + limits) + prefix + command,
            environment: values,
            output: log,
            errors: standardError ?? log
        )
        self.user = user
        self.process = process
        Self.atExit(process.pid)
        guard waitsForReady else { return }
        guard notify.waitForReady(while: { process.isRunning }) else {
            process.terminate()
            let text = (try? String(contentsOfFile: self.logPath, encoding: .utf8)) ?? ""
            throw UnixHTTPConnection.Failure(description: "the daemon did not become ready:\n\(text)")
        }
    }

    deinit {
        self.process.terminate()
        // A daemon that does not stop is killed, and does not hold up every other test.
        self.process.wait(seconds: 120)
    }

    public var pid: pid_t { self.process.pid }

    /// What the daemon has logged so far.
    public var log: String { (try? String(contentsOfFile: self.logPath, encoding: .utf8)) ?? "" }

    public func signal(_ number: CInt) {
        self.process.signal(number)
    }

    /// Sends SIGSTOP and returns when every thread is stopped: until then one of them may still go on.
    public func suspend() throws {
        kill(self.pid, SIGSTOP)
        var information = siginfo_t()
        while waitid(P_PID, id_t(self.pid), &information, WSTOPPED | WNOWAIT) != 0 {
            guard errno == EINTR else { throw UnixHTTPConnection.Failure(description: "waitid: errno \(errno)") }
        }
    }

    /// Changes a limit of the running daemon, by an option of util-linux' prlimit such as `--nproc=1:`. As the daemon's own
    /// user, which root without CAP_SYS_RESOURCE has to become for that.
    public func limit(_ option: String) async throws {
        let prefix = self.user.map { ["setpriv", "--reuid=\($0)", "--regid=\($0)", "--clear-groups"] } ?? []
        let arguments = prefix + ["prlimit", "--pid", "\(self.pid)", option]
        let finished = try await Programs.run("/usr/bin/env", arguments)
        guard finished.status == 0 else { throw UnixHTTPConnection.Failure(description: finished.errors) }
    }

    public var isRunning: Bool { self.process.isRunning }

    /// Waits for the daemon's end and answers its exit status, or 128 and the signal's number.
    public func waitForExit() async throws -> Int32 {
        try await offloaded { self.process.wait() }
    }

    // MARK: Requests

    public func connect() throws -> UnixHTTPConnection {
        try UnixHTTPConnection(path: self.socketPath)
    }

    public func request(
        _ method: String,
        _ path: String,
        headers: [String: String] = [:],
        body: Data? = nil
    ) async throws -> UnixHTTPConnection.Reply {
        try await offloaded {
            let connection = try self.connect()
            try connection.send(method, path, headers: headers, body: body)
            return try connection.receive()
        }
    }

    /// Runs one task and returns the response.
    public func run(
        _ code: String,
        items: String = "[]",
        mode: String = "all_items",
        continueOnFail: Bool = false,
        timeout: Int? = nil
    ) async throws -> UnixHTTPConnection.Reply {
        let body = Self.body(code, items: items, mode: mode, continueOnFail: continueOnFail, timeout: timeout)
        return try await self.request("POST", "/v1/run", body: body)
    }

    /// The body of a run request, with `items` spliced in as they are.
    public static func body(
        _ code: String,
        items: String = "[]",
        mode: String = "all_items",
        continueOnFail: Bool = false,
        timeout: Int? = nil
    ) -> Data {
        let quoted = (try? JSONSerialization.data(withJSONObject: [code])) ?? Data()
        let text = String(decoding: quoted.dropFirst().dropLast(), as: UTF8.self)
        let limit = timeout.map { ",\"timeout_ms\":\($0)" } ?? ""
        return Data(
            "{\"code\":\(text),\"mode\":\"\(mode)\",\"continue_on_fail\":\(continueOnFail)\(limit),\"items\":\(items)}"
                .utf8
        )
    }

    // MARK: The last resort

    private static let alive = Mutex<Set<pid_t>>([])
    private static let registered: Void = {
        atexit { Daemon.alive.withLock { for pid in $0 { kill(pid, SIGTERM) } } }
    }()

    /// Daemons of suites that live as long as the test run are ended with it.
    private static func atExit(_ pid: pid_t) {
        _ = self.registered
        self.alive.withLock { _ = $0.insert(pid) }
    }
}

/// The receiving end of sd_notify(3).
private struct NotifySocket {
    let path: String
    private let descriptor: CInt

    init(path: String) throws {
        self.path = path
        self.descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(self.descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw UnixHTTPConnection.Failure(description: "bind \(path): errno \(errno)") }
        chmod(path, 0o777)
        var limit = timeval(tv_sec: 0, tv_usec: 200_000)
        setsockopt(self.descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Waits up to ten minutes; gives up at once when `isAlive` says that nobody will ever send.
    func waitForReady(while isAlive: () -> Bool) -> Bool {
        defer { close(self.descriptor) }
        for _ in 0..<3000 {
            var message = [UInt8](repeating: 0, count: 4096)
            let count = recv(self.descriptor, &message, message.count, 0)
            if count > 0, String(decoding: message.prefix(count), as: UTF8.self).contains("READY=1") { return true }
            if count < 0, !isAlive() { return false }
        }
        return false
    }
}
