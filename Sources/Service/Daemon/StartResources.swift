import Dispatch
import Glibc
import Linux
import NIOCore
import NIOPosix

/// Allocates the threads and descriptors that the service needs at start, and frees them again, so that a limit that is too
/// low is reported with a remedy. Without this check, event loops and the Swift runtime cannot report such a failure: NIO
/// traps, and the runtime waits for as long as the limit is reached.
///
/// Called once, before the first event loop starts.
enum StartResources {
    /// The number of threads that are not event loops: two of the Swift runtime, one for signals, one of
    /// ``ServiceExecutor``, and one for the fork server of each of two pools (workers with and without preloaded packages).
    private static let threadsBesideLoops = 6
    /// Descriptors of standard error, the listening sockets, the fork servers' control sockets, and the pipes that start
    /// fork servers.
    private static let descriptorsBesideLoops = 16
    /// Each event loop of NIO has an epoll, an eventfd and a timerfd descriptor.
    private static let descriptorsPerLoop = 3

    /// - Parameter loops: The number of event loops that will be started.
    /// - Throws: ``ServiceStartError`` when the threads or descriptors cannot be allocated.
    static func check(loops: Int = NIOSingletons.groupLoopCountSuggestion) throws(ServiceStartError) {
        let threads = loops + Self.threadsBesideLoops
        let descriptors = Self.descriptors(loops: loops)
        do {
            try Self.takeThreads(threads)
        } catch {
            throw Self.failure("\(threads) more threads", error)
        }
        do {
            try Self.takeDescriptors(descriptors)
        } catch {
            throw Self.failure("\(descriptors) more descriptors", error)
        }
    }

    /// How many descriptors a service with `loops` event loops opens at start.
    static func descriptors(loops: Int) -> Int {
        loops * self.descriptorsPerLoop + self.descriptorsBesideLoops
    }

    private static func failure(_ wanted: String, _ error: SystemError) -> ServiceStartError {
        ServiceStartError(
            exit: .failure,
            message: "cannot start: the service needs \(wanted): \(error.descriptionWithRemedy)"
        )
    }

    /// Starts `count` threads, and returns when they have ended.
    static func takeThreads(_ count: Int) throws(SystemError) {
        let gate = DispatchSemaphore(value: 0)
        var started = 0
        let before = try? CurrentProcess.threadCount()
        defer {
            for _ in 0..<started { gate.signal() }
            Self.waitUntilThreadsAreGone(leaving: before)
        }
        for _ in 0..<count {
            try DedicatedThread.start { gate.wait() }
            started += 1
        }
    }

    /// Waits until the kernel no longer counts the ended threads. A thread counts against the limit for a moment after its
    /// last instruction, even after pthread_join(3) has returned, and NIO may be the next to start a thread. Only /proc
    /// shows when the kernel has removed it.
    private static func waitUntilThreadsAreGone(leaving count: Int?) {
        guard let count else { return }
        for _ in 0..<1000 {
            guard let now = try? CurrentProcess.threadCount(), now > count else { return }
            usleep(1000)
        }
    }

    /// Checks that `count` more descriptors can be opened: opens them, and closes them all.
    static func takeDescriptors(_ count: Int) throws(SystemError) {
        var taken: [CInt] = []
        defer { for descriptor in taken { close(descriptor) } }
        for _ in 0..<count {
            let descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0)
            guard descriptor >= 0 else { throw SystemError("socket", errno) }
            taken.append(descriptor)
        }
    }
}
