import Glibc
import Linux
import Logging
import NIOCore
import NIOPosix
import Sandbox
import Synchronization
import Tasks
import Testing

@testable import WorkerPool

/// What the pool keeps of a worker whose fork came to nothing.
@Suite struct FailedForkTests {
    private let pool: WorkerPool
    private let server = ForkServerID(1)
    private let worker = WorkerID(number: 2)
    private let limits = TaskLimits(memory: 1 << 28, cpu: .seconds(60), output: 1000, log: 10)

    init() {
        let policy = TaskPolicy(standardLibraryAllow: [], externalAllow: [], builtinsDeny: [])
        let configuration = WorkerPoolConfiguration(
            program: "/nonexistent",
            worker: WorkerConfiguration(policy: policy, limits: self.limits),
            warmWorkers: 0,
            maximumWorkers: 1
        )
        self.pool = WorkerPool(
            configuration: configuration,
            division: .failure(.embedded),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        // Never started, so that it has no control socket to ask over.
        let link = ForkServerLink(id: self.server, configuration: configuration)
        self.pool.state.withLock { $0.links[self.server] = link }
    }

    private var kept: [Int] {
        self.pool.state.withLock { [$0.processes.count, $0.connections.count] }
    }

    @Test func aForkThatCannotBeAskedForLeavesNothing() {
        // Control: one that was asked for stands in the table until its exit.
        self.pool.state.withLock { $0.processes.requested(self.worker, on: self.server) }
        #expect(self.kept == [1, 0])
        self.pool.state.withLock { $0.processes.ended(self.worker) }
        self.pool.perform { _ in [.worker(.fork(self.worker, self.server))] }
        #expect(self.kept == [0, 0])
    }

    @Test(arguments: [false, true])
    func aWorkerThatCannotBeNamedIsDisconnected(_ isBeforeItsChannel: Bool) async throws {
        let pair = try SocketPair.stream()
        let loop = self.pool.eventLoopGroup.next()
        let connection = WorkerConnection(
            id: self.worker,
            eventLoop: loop,
            limits: self.limits,
            processors: 1,
            pool: self.pool
        )
        self.pool.state.withLock { state in
            state.connections[self.worker] = connection
            state.processes.requested(self.worker, on: self.server)
        }
        if isBeforeItsChannel { self.pool.workerForkFailed(self.worker, .descriptorLost) }
        let channel = try? await ClientBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(connection) }
            }
            .withConnectedSocket(pair.ours.release())
            .get()
        if !isBeforeItsChannel {
            #expect(channel?.isActive == true)
            self.pool.workerForkFailed(self.worker, .descriptorLost)
        }
        // The end of the stream, which is what ends a worker without a task.
        let theirs = pair.theirs.rawValue
        #expect(try DescriptorIO.readSome(maximum: 1, from: theirs) == nil)
        try await channel?.closeFuture.get()
        #expect(self.kept == [0, 0])
    }
}
