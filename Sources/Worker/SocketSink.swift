import PythonRuntime
import Tasks
import Wire

/// Sends what a task prints and how far it is, and stops sending prints once the broker would cut them off anyway.
final class SocketSink: TaskSink {
    private let socket: TaskSocket
    private let logLimit: Int
    private var logged = 0

    /// The limit is the number of bytes that a task may print.
    init(socket: TaskSocket, logLimit: Int) {
        self.socket = socket
        self.logLimit = logLimit
    }

    func log(_ stream: LogStream, _ text: UnsafeRawBufferPointer) {
        var rest = text[...]
        // One byte over the limit has to arrive, or the broker could not tell that anything is missing.
        while !rest.isEmpty, self.logged <= self.logLimit {
            var count = min(rest.count, WorkerFrame.maximumLogText)
            while count < rest.count, count > 1, rest[rest.startIndex + count] & 0xC0 == 0x80 {
                count -= 1
            }
            self.socket.send(log: UnsafeRawBufferPointer(rebasing: rest.prefix(count)), stream)
            rest = rest.dropFirst(count)
            self.logged += count
        }
    }

    func console(_ arguments: UnsafeRawBufferPointer) {
        guard self.logged <= self.logLimit else { return }
        self.socket.send(.console(ArraySlice(arguments)))
        self.logged += arguments.count
    }

    func progress(done: Int, total: Int) {
        self.socket.send(.progress(done: done, total: total))
    }
}
