import Glibc
import TestSupport

/// A task that runs until the test lets it end. The daemon has to allow the modules os and signal.
struct HeldTask {
    static let code = """
        import os, signal
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGURG})
        print(os.getpid())
        signal.sigwait({signal.SIGURG})
        return [{'n': 1}]
        """

    let stream: EventStream
    /// The worker, and those of other fork servers that have the same number in their process namespace. They ignore the
    /// signal, because that is its default action.
    private let workers: [pid_t]

    /// Starts the task, and returns when it waits.
    init(of daemon: Daemon) throws {
        let connection = try daemon.connect()
        let body = Daemon.body(Self.code)
        try connection.send("POST", "/v1/run", headers: ["Accept": "application/x-ndjson"], body: body)
        self.stream = EventStream(connection)
        _ = try self.stream.next()
        let printed = try self.stream.next()["text"] as? String ?? ""
        let number = Int32(printed.dropLast())
        self.workers = ProcessTree.descendants(of: daemon.pid).filter { ProcessTree.innerNumber(of: $0) == number }
        guard !self.workers.isEmpty else {
            throw UnixHTTPConnection.Failure(description: "no worker has the number that was printed: \(printed)")
        }
    }

    func release() throws {
        // A worker of another fork server may have ended since.
        guard self.workers.count(where: { kill($0, SIGURG) == 0 }) > 0 else {
            throw UnixHTTPConnection.Failure(description: "errno \(errno)")
        }
    }
}
