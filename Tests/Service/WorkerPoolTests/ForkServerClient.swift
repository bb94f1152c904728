import Glibc
import Linux
import Synchronization
import Tasks
import TestSupport
import Testing
import Wire

@testable import WorkerPool

/// A fork server of the real program, which a test asks for workers and whose workers it talks to, in the place of a pool.
/// Owned by the test; ``stop()`` ends it, as does the end of the test process.
final class ForkServerClient: Sendable {
    static let limits = TaskLimits(memory: 64 << 20, cpu: .seconds(60), output: 1 << 20, log: 1 << 20)

    private struct State {
        var isReady = false
        var exits: [WorkerID: WorkerExit] = [:]
        var processes: [WorkerID: WorkerProcess] = [:]
        var endReason: String?
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    private let link = Mutex<ForkServerLink?>(nil)
    private let forked = Atomic<UInt64>(0)

    /// Starts it and returns when it serves.
    static func start() async throws -> ForkServerClient {
        let client = ForkServerClient()
        let link = ForkServerLink(
            id: ForkServerID(1, prefix: "test"),
            configuration: WorkerPoolConfiguration(
                program: Programs.worker,
                worker: WorkerConfiguration(
                    policy: TaskPolicy(standardLibraryAllow: ["*"], externalAllow: [], builtinsDeny: []),
                    limits: Self.limits,
                    preload: .none,
                    identity: getuid() == 0 ? WorkerIdentity(uid: 64_999, gid: 64_999) : nil
                ),
                warmWorkers: 1,
                maximumWorkers: 1
            )
        )
        client.link.withLock { $0 = link }
        try DedicatedThread.start {
            let reason = link.run(in: nil) { client.handle($0) }
            client.change { $0.endReason = "\(reason.error)" }
        }
        try await client.wait { $0.isReady }
        return client
    }

    /// Has it fork a worker.
    func fork() throws -> WorkerSocket {
        let number = self.forked.wrappingAdd(1, ordering: .relaxed).newValue
        let pair = try SocketPair.stream()
        let isAsked = try #require(self.link.withLock { $0 }).fork(WorkerID(number: number), socket: pair.theirs)
        #expect(isAsked)
        return WorkerSocket(id: WorkerID(number: number), descriptor: pair.ours)
    }

    /// Sends a worker SIGKILL once its process is known.
    func kill(_ worker: WorkerID) async throws {
        try await self.wait { $0.processes[worker] != nil }
        self.state.withLock { $0.processes[worker] }?.send(.kill)
    }

    /// Waits for the word of how a worker ended.
    func exit(of worker: WorkerID) async throws -> WorkerExit {
        try await self.wait { $0.exits[worker] != nil }
        return try #require(self.state.withLock { $0.exits[worker] })
    }

    /// Has it end, as the broker's end does, and returns when its process is gone.
    func stop() async {
        self.link.withLock { $0 }?.stop()
        try? await self.wait { $0.endReason != nil }
    }

    private func wait(until isThere: (borrowing State) -> Bool) async throws {
        while true {
            let reason = self.state.withLock { isThere($0) ? .some(String?.none) : $0.endReason.map { .some($0) } }
            switch reason {
            case .some(nil): return
            case .some(let reason?): throw UnixHTTPConnection.Failure(description: "the fork server ended: \(reason)")
            case nil: break
            }
            await withCheckedContinuation { continuation in
                let isOver = self.state.withLock { state in
                    guard !isThere(state), state.endReason == nil else { return true }
                    state.waiters.append(continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let waiters = self.state.withLock { state in
            body(&state)
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// On the link's thread.
    private func handle(_ event: ForkServerLink.Event) {
        self.change { state in
            switch event {
            case .ready: state.isReady = true
            case .workerForked(let id, let process): state.processes[id] = process
            case .workerExited(let id, let exit): state.exits[id] = exit
            case .groupFailed, .workerForkFailed: break
            }
        }
    }
}

/// The broker's end of a worker's task socket, in blocking calls. Used by one thread at a time.
final class WorkerSocket: @unchecked Sendable {
    let id: WorkerID
    private let descriptor: OwnedDescriptor
    private var decoder = WorkerFrameDecoder(outputLimit: ForkServerClient.limits.output)
    private var unread: [UInt8] = []

    init(id: WorkerID, descriptor: consuming OwnedDescriptor) {
        self.id = id
        self.descriptor = descriptor
    }

    func write(_ bytes: [UInt8]) throws {
        try DescriptorIO.writeFully(bytes, to: self.descriptor.rawValue)
    }

    /// The next frame; nil at the end of the stream.
    func nextFrame() throws -> WorkerFrame? {
        while true {
            var taken = 0
            let frame = try self.unread.withUnsafeBytes { bytes throws(WireError) in
                var rest = bytes[...]
                let frame = try self.decoder.next(from: &rest)
                taken = bytes.count - rest.count
                return frame
            }
            self.unread.removeFirst(taken)
            if let frame { return frame }
            guard let some = try self.readSome() else { return nil }
            self.unread += some
        }
    }

    /// What there is after the last frame that was taken, up to the end of the stream.
    func rest() throws -> [UInt8] {
        defer { self.unread = [] }
        while let some = try self.readSome() { self.unread += some }
        return self.unread
    }

    private func readSome() throws -> [UInt8]? {
        try DescriptorIO.readSome(maximum: 1 << 16, from: self.descriptor.rawValue)
    }

    /// Whether there is something to read, or the end of the stream, at the end of this time.
    func isReadable(within limit: Duration) throws -> Bool {
        try !DescriptorIO.poll(readable: [self.descriptor.rawValue], timeout: limit)[0].isEmpty
    }

    /// Ends the broker's side: the worker reads the end of the stream.
    func closeForWriting() { shutdown(self.descriptor.rawValue, CInt(SHUT_WR)) }
}
