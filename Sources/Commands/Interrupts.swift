import Dispatch
import Glibc

/// Ctrl-C and a request to terminate, as a sequence instead of the end of the process.
enum Interrupts {
    /// The signals as they come, from now on.
    ///
    /// - Returns: A sequence that never ends; when nobody listens any longer the signals do what they always do.
    static func stream() -> AsyncStream<CInt> {
        AsyncStream { continuation in
            let sources = [SIGINT, SIGTERM].map { number in
                // Dispatch sees a signal beside its disposition, which would end the process.
                signal(number, SIG_IGN)
                let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
                source.setEventHandler { continuation.yield(number) }
                source.activate()
                return Source(source)
            }
            continuation.onTermination = { _ in
                for source in sources { source.cancel() }
                for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
            }
        }
    }

    /// Does `body`, and gives up with ``ExitStatus/cancelled`` at the first signal, once `body` has cleaned up.
    static func cancelling<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let signals = Self.stream()
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                for await _ in signals { break }
                return nil
            }
            defer { group.cancelAll() }
            guard let result = try await group.next() ?? nil else {
                throw Complaint(status: .cancelled, message: "cancelled")
            }
            return result
        }
    }

    /// Dispatch sources may be used from any thread, which their protocol does not say.
    private struct Source: @unchecked Sendable {
        private let source: any DispatchSourceSignal

        init(_ source: any DispatchSourceSignal) {
            self.source = source
        }

        func cancel() {
            self.source.cancel()
        }
    }
}
