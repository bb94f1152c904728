import Dispatch
import Glibc
import Synchronization

/// Reads standard input piece by piece for one reader, which can be woken while read(2) blocks.
final class StandardInput: Sendable {
    private struct State {
        var reader: CheckedContinuation<[UInt8], Never>?
        var isClosed = false
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "terrarium.standard-input")

    /// The next bytes; an empty array at the end, after an error, after ``close()``, and when the task is cancelled.
    func next() async -> [UInt8] {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isClosed = self.state.withLock { state in
                    if !state.isClosed { state.reader = continuation }
                    return state.isClosed
                }
                guard !isClosed else { return continuation.resume(returning: []) }
                self.queue.async { self.deliver(Self.read()) }
            }
        } onCancel: {
            self.close()
        }
    }

    /// Ends the input. A read(2) that blocks keeps its thread until it returns or the process ends.
    func close() {
        self.state.withLock { $0.isClosed = true }
        self.deliver([])
    }

    private func deliver(_ bytes: [UInt8]) {
        self.state.withLock { $0.reader.take() }?.resume(returning: bytes)
    }

    private static func read() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 65536) { buffer, count in
            var result: Int
            repeat {
                result = Glibc.read(STDIN_FILENO, buffer.baseAddress, buffer.count)
            } while result < 0 && errno == EINTR
            count = max(result, 0)
        }
    }
}
