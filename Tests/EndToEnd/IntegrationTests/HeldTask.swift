import Glibc
import TestSupport

/// A task that runs until the test lets it end. The daemon has to allow the modules os and signal.
struct HeldTask {
    static let code = """
        import os, signal
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
        print(os.getpid())
        signal.sigwait({signal.SIGUSR2})
        return [{'n': 1}]
        """

    let stream: EventStream
    private let worker: pid_t

    /// Starts the task, and returns when it waits.
    init(of daemon: Daemon) throws {
        let connection = try daemon.connect()
        let body = Daemon.body(Self.code)
        try connection.send("POST", "/v1/run", headers: ["Accept": "application/x-ndjson"], body: body)
        self.stream = EventStream(connection)
        _ = try self.stream.next()
        let printed = try self.stream.next()["text"] as? String ?? ""
        let number = Int32(printed.dropLast())
        guard
            let worker = ProcessTree.descendants(of: daemon.pid).first(where: {
                ProcessTree.innerNumber(of: $0) == number
            })
        else { throw UnixHTTPConnection.Failure(description: "no worker has the number that was printed: \(printed)") }
        self.worker = worker
    }

    func release() throws {
        guard kill(self.worker, SIGUSR2) == 0 else { throw UnixHTTPConnection.Failure(description: "errno \(errno)") }
    }
}
