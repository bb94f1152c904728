import Linux
import Listener
import Logging
import NIOCore
import NIOEmbedded
import Tasks

@testable import HTTPAPI

/// Any bytes as the requests of one client, through the handlers of a real connection. Used by FuzzHTTP and by the replay of
/// its corpus.
public enum RequestStream {
    /// What came of the bytes.
    public struct Reading: Equatable {
        public var output = ""
        /// Whether the server has closed the connection.
        public var isClosed = false
        /// What the memory account has after the connection's end.
        public var kept = 0
    }

    private static let credentials = PeerCredentials(pid: 1, uid: 1000, gid: 1000)

    /// Sends `bytes` in pieces of `step`.
    public static func read(_ bytes: [UInt8], step: Int) throws -> Reading {
        let memory = UserMemory(.init(perUser: 1 << 20, answer: 1000))
        let server = ServerContext(
            dispatcher: EchoDispatcher(),
            reporter: EmptyReporter(),
            connections: ConnectionRegistry(),
            traffic: TrafficMeter(),
            settings: ReloadableSettings(HTTPServerSettings(maximumPayload: 1000, serviceUserID: 1)),
            connectionSlots: PerUserQuota(),
            rejectionSlots: PerUserQuota(),
            memory: memory,
            logger: Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() },
            work: WorkQueue(),
            // The same for every request, so that readings can be compared.
            newRequestID: {
                var generator = ZeroGenerator()
                return TaskID(using: &generator)
            }
        )
        let channel = EmbeddedChannel()
        try ConnectionPipeline.add(to: channel, server: server, credentials: self.credentials)
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/x")).wait()
        var reading = Reading()
        var rest = bytes[...]
        while !rest.isEmpty, channel.isActive {
            // An error that no handler takes is one of the connection's, which is what this looks for.
            try channel.writeInbound(ByteBuffer(bytes: rest.prefix(step)))
            rest = rest.dropFirst(step)
            channel.embeddedEventLoop.run()
            while let data = try channel.readOutbound(as: IOData.self) {
                if case .byteBuffer(let buffer) = data { reading.output += String(buffer: buffer) }
            }
        }
        reading.isClosed = !channel.isActive
        _ = try? channel.finish(acceptAlreadyClosed: true)
        reading.kept = memory.kept(for: self.credentials.uid)
        return reading
    }
}

/// Draws the same identifier again and again.
private struct ZeroGenerator: RandomNumberGenerator {
    mutating func next() -> UInt64 { 0 }
}

/// Ends every task at once, with its own items.
private final class EchoDispatcher: TaskDispatching {
    func submit(
        _ submission: TaskSubmission,
        from peer: Peer,
        observer: any TaskObserver
    ) -> Swift.Result<TaskID, Rejection> {
        guard let id = TaskID(String(repeating: "0", count: 32)) else { return .failure(.draining) }
        observer.taskEmitted(.started, id)
        observer.taskEmitted(.log(.stdout, "printed"), id)
        let isCheck = submission.task.purpose == .check
        let result = isCheck ? TaskOutcome.Result.checked(CheckReport()) : .items(submission.task.items.bytes)
        observer.taskFinished(TaskOutcome(result: result), id)
        return .success(id)
    }

    func cancel(_ id: TaskID, by peer: Peer) -> Bool { false }

    func tasks(visibleTo peer: Peer) -> [TaskSummary] { [] }
}

private final class EmptyReporter: ServiceReporting {
    func isReady() -> Bool { true }

    func metricsPage(for peer: Peer) -> String { "" }

    func history(visibleTo peer: Peer, _ query: HistoryQuery) -> HistoryPage { HistoryPage(tasks: [], last: 0) }

    func reload(ended: @escaping @Sendable (Swift.Result<ReloadReport, ReloadFailure>) -> Void) {
        ended(.failure(ReloadFailure(reason: "")))
    }

    func settings() -> [SettingInForce] {
        [SettingInForce(variable: "TERRARIUM_X", value: "1", origin: "default")]
    }

    func serviceInfo() -> ServiceInfo {
        ServiceInfo(
            version: "",
            policy: TaskPolicy(standardLibraryAllow: [], externalAllow: [], builtinsDeny: []),
            limits: TaskLimits(memory: 0, cpu: .zero, output: 0, log: 0),
            maximumConcurrency: 1,
            maximumPayload: 1,
            taskTimeout: .zero,
            queueLimit: 1,
            sandbox: .auto,
            pool: PoolStatus()
        )
    }
}
