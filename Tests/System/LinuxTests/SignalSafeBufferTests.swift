import Glibc
import Linux
import Testing

/// The buffer is a process's own, and its handler too: each test in a process of its own, which forks one that writes.
@Suite struct SignalSafeBufferTests {
    /// The control is a timer of an hour: what waits for it is not there yet.
    @Test func whatWaitsIsWrittenWhileTheProcessDoesNothing() async {
        await #expect(processExitsWith: .success) {
            let soon = try Writer(interval: .milliseconds(1)) { writer in
                writer.add("first")
                writer.add("second")
                while true { pause() }
            }
            #expect(try soon.read(11) == "firstsecond")
            try soon.end()
            let late = try Writer(interval: .seconds(3600)) { writer in
                writer.add("first")
                writer.add("second")
                writer.tellReady()
                while true { pause() }
            }
            try late.waitUntilReady()
            #expect(try late.readSome() == "first")
            #expect(try !late.hasMore())
            try late.end()
        }
    }

    @Test func withoutATimerNothingWaits() async {
        await #expect(processExitsWith: .success) {
            let writer = try Writer(interval: nil) { writer in
                writer.add("first")
                writer.add("second")
                writer.tellReady()
                while true { pause() }
            }
            try writer.waitUntilReady()
            #expect(try writer.read(11) == "firstsecond")
            try writer.end()
        }
    }

    @Test func aStopWritesWhatWaitsBeforeItsTrace() async {
        await #expect(processExitsWith: .success) {
            let writer = try Writer(interval: .seconds(3600)) { writer in
                writer.add("first")
                writer.add("second")
                writer.tellReady()
                while true { pause() }
            }
            try writer.waitUntilReady()
            try writer.signal(SoftStop.defaultSignal)
            #expect(try writer.readToEnd() == "firstsecond" + "HEAD" + "trace")
            #expect(try writer.status() == .exited(SoftStop.exitStatus))
        }
    }

    @Test(arguments: [SIGSEGV, SIGABRT, SIGXCPU])
    func aDeathWritesWhatWaits(signal: CInt) async {
        await #expect(processExitsWith: .success) { [signal] in
            let writer = try Writer(interval: .seconds(3600)) { writer in
                writer.add("first")
                writer.add("second")
                kill(getpid(), signal)
                while true { pause() }
            }
            #expect(try writer.readToEnd() == "firstsecond" + "HEAD" + "trace")
            #expect(try writer.status() == .signaled(signal))
        }
    }

    /// The handler runs twice while a frame is half written: it must neither write the half nor wait for the rest.
    @Test func theTimerDoesNotTearAFrame() async {
        await #expect(processExitsWith: .success) {
            let writer = try Writer(interval: .milliseconds(1)) { writer in
                writer.add("first")
                SignalSafeBuffer.lock()
                // Starts the timer again, should a quiet interval have stopped it.
                _ = SignalSafeBuffer.keepsBytes()
                writer.waitForTicks(2) { writer.append("half") }
                writer.append("whole")
                SignalSafeBuffer.unlock()
                while true { pause() }
            }
            #expect(try writer.read(5) == "first")
            #expect(try writer.readSome() == "halfwhole")
            try writer.end()
        }
    }

    @Test func theTimerStopsAfterAQuietInterval() async {
        await #expect(processExitsWith: .success) {
            let writer = try Writer(interval: .milliseconds(1)) { writer in
                var (first, second) = (true, false)
                writer.waitForTicks(1) {
                    SignalSafeBuffer.lock()
                    first = SignalSafeBuffer.keepsBytes()
                    second = SignalSafeBuffer.keepsBytes()
                    SignalSafeBuffer.unlock()
                }
                SignalSafeBuffer.lock()
                let third = SignalSafeBuffer.keepsBytes()
                SignalSafeBuffer.unlock()
                // The control is the second call: the timer runs, and bytes may wait for it.
                CurrentProcess.exitNow(!first && second && !third ? 0 : 1)
            }
            #expect(try writer.status() == .exited(0))
        }
    }

    @Test func theBufferHoldsItsCapacityAndNotAByteMore() async {
        await #expect(processExitsWith: .success) {
            let bytes = [UInt8](repeating: 0x61, count: SignalSafeBuffer.capacity + 1)
            SignalSafeBuffer.lock()
            bytes.withUnsafeBytes { bytes in
                #expect(!SignalSafeBuffer.append(bytes))
                #expect(SignalSafeBuffer.count == 0)
                #expect(SignalSafeBuffer.append(UnsafeRawBufferPointer(rebasing: bytes.dropLast())))
                #expect(!SignalSafeBuffer.append(UnsafeRawBufferPointer(rebasing: bytes.prefix(1))))
                #expect(SignalSafeBuffer.count == SignalSafeBuffer.capacity)
            }
            SignalSafeBuffer.unlock()
        }
    }
}

/// A child that writes by way of the buffer, and what it has written.
private struct Writer {
    private let pid: Int32
    private let socket: CInt
    private let ready: CInt

    /// The child's side.
    struct Child {
        fileprivate let socket: CInt
        fileprivate let ready: CInt

        func append(_ text: String) {
            let isAdded = Array(text.utf8).withUnsafeBytes { SignalSafeBuffer.append($0) }
            if !isAdded { CurrentProcess.exitNow(90) }
        }

        /// Adds text as a worker adds prints.
        func add(_ text: String) {
            SignalSafeBuffer.lock()
            let isKept = SignalSafeBuffer.keepsBytes()
            self.append(text)
            if !isKept { try? SignalSafeBuffer.flush(to: self.socket) }
            SignalSafeBuffer.unlock()
        }

        func tellReady() {
            try? DescriptorIO.writeFully([1], to: self.ready)
        }

        /// Does something while the timer's handler cannot run, and then lets it run so many times.
        func waitForTicks(_ count: Int, after body: () -> Void) {
            var signals = sigset_t()
            sigemptyset(&signals)
            sigaddset(&signals, __libc_current_sigrtmin())
            var before = sigset_t()
            sigprocmask(SIG_BLOCK, &signals, &before)
            body()
            for _ in 0..<count { sigsuspend(&before) }
            sigprocmask(SIG_SETMASK, &before, nil)
        }
    }

    /// Forks the child, which runs `body` with a timer of that interval, or without one for nil.
    init(interval: Duration?, _ body: (Child) -> Never) throws {
        let pair = try SocketPair.stream()
        let ready = try SocketPair.stream()
        // Given up: an owner would close its end after its last use in this scope.
        (self.socket, self.ready) = (dup(pair.ours.rawValue), dup(ready.ours.rawValue))
        switch try ChildProcesses.fork() {
        case .parent(let pid):
            self.pid = pid
        case .child:
            close(self.socket)
            close(self.ready)
            // The test runs on a thread of a pool, where signals are blocked.
            var signals = sigset_t()
            sigemptyset(&signals)
            sigprocmask(SIG_SETMASK, &signals, nil)
            let child = Child(socket: dup(pair.theirs.rawValue), ready: dup(ready.theirs.rawValue))
            do {
                try SoftStop.install(
                    socket: child.socket,
                    frameHeader: Array("HEAD".utf8),
                    dump: { descriptor, _ in _ = write(descriptor, "trace", 5) },
                    context: nil
                )
                try SoftStop.reportDeaths(spareMemory: 0)
                if let interval { try SignalSafeBuffer.start(socket: child.socket, interval: interval) }
            } catch {
                CurrentProcess.exitNow(91)
            }
            body(child)
        }
    }

    func waitUntilReady() throws {
        _ = try DescriptorIO.readFully(1, from: self.ready)
    }

    func read(_ count: Int) throws -> String {
        var bytes: [UInt8] = []
        while bytes.count < count {
            guard let some = try DescriptorIO.readSome(maximum: count - bytes.count, from: self.socket) else { break }
            bytes += some
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    func readSome() throws -> String {
        String(decoding: try DescriptorIO.readSome(maximum: 64, from: self.socket) ?? [], as: UTF8.self)
    }

    func readToEnd() throws -> String {
        var bytes: [UInt8] = []
        while let some = try DescriptorIO.readSome(maximum: 64, from: self.socket) { bytes += some }
        return String(decoding: bytes, as: UTF8.self)
    }

    func hasMore() throws -> Bool {
        try !DescriptorIO.poll(readable: [self.socket], timeout: .zero)[0].isEmpty
    }

    func signal(_ number: CInt) throws {
        try ProcessDescriptor.open(pid: self.pid).signal(number)
    }

    func status() throws -> WaitStatus? {
        try ChildProcesses.reap(blocking: true)?.status
    }

    func end() throws {
        try ChildProcesses.kill(self.pid)
        _ = try self.status()
    }
}
