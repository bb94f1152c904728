import Dispatch
import Glibc

/// SIGINT and SIGTERM as an async sequence. While it is read, the signals do not end the process.
package enum Interrupts {
    /// The signals that arrive from now on.
    ///
    /// - Returns: A sequence that never ends; when it is no longer read, the signals have their default actions again.
    static func stream() -> AsyncStream<CInt> {
        AsyncStream { continuation in
            let sources = [SIGINT, SIGTERM].map { number in
                // A dispatch source does not change the disposition of a signal, and the default one would end the
                // process.
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

    /// Runs `body`. The first signal cancels it; when `body` has ended, a ``CommandError`` with the status
    /// ``ExitStatus/cancelled`` is thrown.
    package static func cancelling<Result: Sendable>(
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
                throw CommandError(status: .cancelled, message: "cancelled")
            }
            return result
        }
    }

    /// Dispatch sources are thread-safe, although their protocol is not marked Sendable.
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
