import PythonRuntime
import Tasks
import Wire

/// Sends a task's prints and progress to the broker. It stops sending prints over the limit, because the broker would
/// discard them. A worker makes one for its task.
final class SocketSink: TaskSink {
    private let socket: TaskSocket
    private var frames: PrintFrames
    private let logLimit: Int
    private var logged = 0

    /// `logLimit` is the number of bytes that a task may print.
    init(socket: TaskSocket, logLimit: Int) {
        self.socket = socket
        self.frames = PrintFrames(socket: socket)
        self.logLimit = logLimit
    }

    func log(_ stream: LogStream, _ text: UnsafeRawBufferPointer) {
        var rest = text[...]
        // At least one byte over the limit is sent, so that the broker can tell that output is missing.
        while !rest.isEmpty, self.logged <= self.logLimit {
            var count = min(rest.count, WorkerFrame.maximumLogText)
            // Moves the cut back to the start of a UTF-8 character.
            while count < rest.count, count > 1, rest[rest.startIndex + count] & 0xC0 == 0x80 {
                count -= 1
            }
            self.frames.add(UnsafeRawBufferPointer(rebasing: rest.prefix(count)), stream)
            rest = rest.dropFirst(count)
            self.logged += count
        }
    }

    func console(_ arguments: UnsafeRawBufferPointer) {
        guard self.logged <= self.logLimit else { return }
        self.frames.add(.console(ArraySlice(arguments)))
        self.logged += arguments.count
    }

    func flush() {
        self.socket.sendPending()
    }

    func items(_ array: UnsafeRawBufferPointer) -> Bool {
        let head = WorkerFrame.itemsHead(count: array.count + 1)
        head.withUnsafeBytes { head in
            Self.end.withUnsafeBytes { self.socket.send(head, array, $0) }
        }
        return true
    }

    private static let end = [UInt8(ascii: "]")]

    func progress(done: Int, total: Int) {
        self.socket.send(.progress(done: done, total: total))
    }
}
