import Glibc
import Linux
import Testing

/// Handlers and forks are a process's own business: each test in one of its own.
@Suite struct SoftStopTests {
    @Test func aSpinningProcessSaysWhereItIsAndEnds() async {
        await #expect(processExitsWith: .success) {
            let (status, output) = try stoppedChild(duringFrame: false)
            if output != "HEAD" + "trace" || status != .exited(SoftStop.exitStatus) { exit(2) }
        }
    }

    @Test func aStopWaitsForTheEndOfAFrame() async {
        await #expect(processExitsWith: .success) {
            let (status, output) = try stoppedChild(duringFrame: true)
            if output != "frame" + "HEAD" + "trace" || status != .exited(SoftStop.exitStatus) { exit(2) }
        }
    }

    @Test func aUsedUpStackDoesNotPreventIt() async {
        await #expect(processExitsWith: .success) {
            let pair = try SocketPair.stream()
            guard case .parent = try ChildProcesses.fork() else {
                // Given up: an owner would close it after its last use here, which is before the handler's.
                let socket = pair.theirs.release()
                try SoftStop.install(
                    signal: SIGSEGV,
                    socket: socket,
                    frameHeader: Array("HEAD".utf8),
                    dump: nil,
                    context: nil
                )
                overflow(0)
                exit(1)
            }
            let ours = keepOurs(pair)
            let output = try DescriptorIO.readFully(4, from: ours.rawValue)
            guard let ended = try ChildProcesses.reap(blocking: true) else { exit(2) }
            if ended.status != .exited(SoftStop.exitStatus) || output != Array("HEAD".utf8) { exit(3) }
        }
    }

    @Test func aCrashSaysWhereItWasAndIsACrashAllTheSame() async {
        await #expect(processExitsWith: .success) {
            let pair = try SocketPair.stream()
            guard case .parent = try ChildProcesses.fork() else {
                let socket = pair.theirs.release()
                try SoftStop.install(
                    socket: socket,
                    frameHeader: Array("HEAD".utf8),
                    dump: { descriptor, _ in _ = write(descriptor, "trace", 5) },
                    context: nil
                )
                try SoftStop.reportDeaths(spareMemory: 0)
                kill(getpid(), SIGSEGV)
                exit(1)
            }
            let ours = keepOurs(pair)
            var output: [UInt8] = []
            while let some = try DescriptorIO.readSome(maximum: 64, from: ours.rawValue) { output += some }
            guard let ended = try ChildProcesses.reap(blocking: true) else { exit(2) }
            if ended.status != .signaled(SIGSEGV) { exit(3) }
            if String(decoding: output, as: UTF8.self) != "HEADtrace" { exit(4) }
        }
    }

    @Test func childrenAreHeardOfAndReaped() async {
        await #expect(processExitsWith: .success) {
            // In a child, which has one thread as a fork server has: a thread that does not block SIGCHLD would swallow it.
            guard case .child = try ChildProcesses.fork() else {
                if try ChildProcesses.reap(blocking: true)?.status != .exited(0) { exit(2) }
                return
            }
            let children = try ChildSignal()
            if try !DescriptorIO.poll(readable: [children.rawValue], timeout: .zero)[0].isEmpty { exit(2) }
            for status in Int32(1)...3 {
                if case .child = try ChildProcesses.fork() { CurrentProcess.exitNow(status) }
            }
            var statuses: Set<WaitStatus> = []
            while statuses.count < 3 {
                _ = try DescriptorIO.poll(readable: [children.rawValue])
                try children.drain()
                while let ended = try ChildProcesses.reap() { statuses.insert(ended.status) }
            }
            if statuses != [.exited(1), .exited(2), .exited(3)] { CurrentProcess.exitNow(3) }
            if try ChildProcesses.reap() != nil { CurrentProcess.exitNow(4) }
            CurrentProcess.exitNow(0)
        }
    }
}

/// A child that is told to stop while it spins, alone or in the middle of writing a frame.
private func stoppedChild(duringFrame: Bool) throws -> (WaitStatus, String) {
    let pair = try SocketPair.stream()
    let ready = try SocketPair.stream()
    switch try ChildProcesses.fork() {
    case .child:
        // Given up: an owner would close it after its last use here, which is before the handler's.
        let socket = pair.theirs.release()
        try SoftStop.install(
            socket: socket,
            frameHeader: Array("HEAD".utf8),
            dump: { descriptor, _ in _ = write(descriptor, "trace", 5) },
            context: nil
        )
        if duringFrame { SignalSafeBuffer.lock() }
        try DescriptorIO.writeFully([1], to: ready.theirs.rawValue)
        if duringFrame {
            // Until the signal has come: its handler returns, since a frame is being written.
            pause()
            try DescriptorIO.writeFully(Array("frame".utf8), to: socket)
            SignalSafeBuffer.unlock()
        }
        while true {}
    case .parent(let pid):
        _ = try DescriptorIO.readFully(1, from: ready.ours.rawValue)
        if duringFrame { try waitUntilAsleep(pid) }
        try ProcessDescriptor.open(pid: pid).signal(SoftStop.defaultSignal)
        let ours = keepOurs(pair)
        var output: [UInt8] = []
        while let some = try DescriptorIO.readSome(maximum: 64, from: ours.rawValue) { output += some }
        guard let ended = try ChildProcesses.reap(blocking: true) else { exit(9) }
        return (ended.status, String(decoding: output, as: UTF8.self))
    }
}

/// Waits until a process sleeps in the kernel: there is no event for that, so its state is asked for.
private func waitUntilAsleep(_ pid: Int32) throws {
    while try !FileSystem.readText("/proc/\(pid)/stat").contains(") S ") { sched_yield() }
}

private func keepOurs(_ pair: consuming SocketPair) -> OwnedDescriptor { pair.ours }

@inline(never) @_optimize(none) private func overflow(_ depth: Int) {
    var room = (depth, depth, depth, depth, depth, depth, depth, depth)
    withUnsafeMutableBytes(of: &room) { _ in overflow(depth + 1) }
    if room.0 == -1 { print(room) }
}
