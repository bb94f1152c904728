import Glibc
import TestSupport
import Testing

extension TestSupport.Daemon {
    /// Checks that a listener without a descriptor for the next connection tries again, logs one line a second, and does not
    /// use the processor in between.
    ///
    /// - Parameters:
    ///   - listener: The name of the listener in log lines.
    ///   - connection: An open connection to the API, which is served all the while.
    /// - Throws: When that connection fails.
    func expectPacedAcceptFailures(of listener: String, beside connection: UnixHTTPConnection) async throws {
        let start = ContinuousClock.now
        let ticks = ProcessTree.processorTicks(of: self.pid)
        func failures() -> Int {
            self.log.split(separator: "\n")
                .count { $0.contains("cannot accept") && $0.contains("listener=\(listener)") }
        }
        while failures() < 3 {
            try await offloaded {
                try connection.send("GET", "/healthz")
                _ = try connection.receive()
                // The requests themselves take processor time, more of it on a slow machine.
                usleep(200_000)
            }
        }
        let elapsed = ContinuousClock.now - start
        let used = Duration.milliseconds(10 * (ProcessTree.processorTicks(of: self.pid) - ticks))
        #expect(elapsed >= .seconds(2), "more than one line a second")
        #expect(used < elapsed / 4, "\(used) of \(elapsed)")
    }
}
