import Foundation
import Linux
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import Tasks
import TestSupport
import Testing

@testable import HTTPAPI

/// A dispatcher whose tasks do what the test says: it keeps their observers, and the test calls them.
final class ScriptedDispatcher: TaskDispatching {
    struct Submission: Sendable {
        let id: TaskID
        let submitted: TaskSubmission
        let peer: Peer
        let observer: any TaskObserver
    }

    private struct State {
        var generator = SystemRandomNumberGenerator()
        var submissions: [Submission] = []
        var cancelled: Set<TaskID> = []
        var rejection: Rejection?
        var finishesAtOnce = false
        var submissionWaiters: [(count: Int, CheckedContinuation<Void, Never>)] = []
        var cancelWaiters: [(TaskID, CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    /// What the next submissions are turned away with.
    func reject(with rejection: Rejection?) { self.state.withLock { $0.rejection = rejection } }

    /// Makes the next submissions end with their own items before `submit` returns.
    func finishAtOnce() { self.state.withLock { $0.finishesAtOnce = true } }

    func submit(
        _ submitted: TaskSubmission,
        from peer: Peer,
        observer: any TaskObserver
    ) -> Swift.Result<TaskID, Rejection> {
        let (submission, isAtOnce, waiters) = self.state.withLock { state in
            if let rejection = state.rejection {
                return (
                    Swift.Result<Submission, Rejection>.failure(rejection), false, [CheckedContinuation<Void, Never>]()
                )
            }
            let id = TaskID(using: &state.generator)
            let submission = Submission(id: id, submitted: submitted, peer: peer, observer: observer)
            state.submissions.append(submission)
            let count = state.submissions.count
            let ready = state.submissionWaiters.filter { $0.count <= count }.map(\.1)
            state.submissionWaiters.removeAll { $0.count <= count }
            return (.success(submission), state.finishesAtOnce, ready)
        }
        for waiter in waiters { waiter.resume() }
        if isAtOnce, case .success(let submission) = submission {
            observer.taskEmitted(.started, submission.id)
            observer.taskFinished(TaskOutcome(result: .items(submitted.task.items.bytes)), submission.id)
        }
        return submission.map(\.id)
    }

    func cancel(_ id: TaskID, by peer: Peer) -> Bool {
        let (isKnown, waiters) = self.state.withLock { state in
            let isKnown = state.submissions.contains {
                $0.id == id && (peer.isPrivileged || $0.peer.uid == peer.uid)
            }
            guard isKnown else { return (false, [CheckedContinuation<Void, Never>]()) }
            state.cancelled.insert(id)
            let ready = state.cancelWaiters.filter { $0.0 == id }.map(\.1)
            state.cancelWaiters.removeAll { $0.0 == id }
            return (true, ready)
        }
        for waiter in waiters { waiter.resume() }
        return isKnown
    }

    func tasks(visibleTo peer: Peer) -> [TaskSummary] {
        self.state.withLock { state in
            state.submissions.map {
                TaskSummary(
                    id: $0.id,
                    label: $0.submitted.label,
                    state: .running,
                    mode: $0.submitted.task.mode,
                    peer: $0.peer,
                    age: .milliseconds(12)
                )
            }
        }
    }

    /// Waits for the submission of that number, from 0.
    func submission(_ index: Int) async -> Submission {
        await withCheckedContinuation { continuation in
            let isThere = self.state.withLock { state in
                if state.submissions.count > index { return true }
                state.submissionWaiters.append((index + 1, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
        return self.state.withLock { $0.submissions[index] }
    }

    var submissionCount: Int { self.state.withLock { $0.submissions.count } }

    /// Waits until the task is cancelled.
    func cancellation(of id: TaskID) async {
        await withCheckedContinuation { continuation in
            let isThere = self.state.withLock { state in
                if state.cancelled.contains(id) { return true }
                state.cancelWaiters.append((id, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    func isCancelled(_ id: TaskID) -> Bool { self.state.withLock { $0.cancelled.contains(id) } }
}

extension ScriptedDispatcher.Submission {
    func print(_ text: String, to stream: LogStream = .stdout) {
        self.observer.taskEmitted(.log(stream, text), self.id)
    }

    func finish(_ items: String = "[]", reservation: AnswerReservation? = nil) {
        var outcome = TaskOutcome(result: .items(Array(items.utf8)[...]))
        outcome.reservation = reservation
        self.observer.taskFinished(outcome, self.id)
    }
}

/// A service state that is what it is.
final class FixedReporter: ServiceReporting {
    typealias Ended = @Sendable (Swift.Result<ReloadReport, ReloadFailure>) -> Void

    private let ready = Mutex(true)
    /// The reloads that were asked for and have not ended.
    let reloads = Mutex<[Ended]>([])

    /// The history of every user.
    let ended = Mutex(HistoryPage(tasks: [], last: 0))

    func history(visibleTo peer: Peer, _ query: HistoryQuery) -> HistoryPage { self.ended.withLock(\.self) }

    func reload(ended: @escaping Ended) { self.reloads.withLock { $0.append(ended) } }

    func setReady(_ isReady: Bool) { self.ready.withLock { $0 = isReady } }

    func isReady() -> Bool { self.ready.withLock { $0 } }

    func metricsPage(for peer: Peer) -> String { "# TYPE terrarium_tasks_total counter\nterrarium_tasks_total 1\n" }

    func settings() -> [SettingInForce] {
        [SettingInForce(variable: "TERRARIUM_X", value: "1", origin: "default")]
    }

    func serviceInfo() -> ServiceInfo {
        ServiceInfo(
            version: "1.2.3",
            policy: TaskPolicy(standardLibraryAllow: ["@safe"], externalAllow: [], builtinsDeny: ["eval"]),
            limits: TaskLimits(memory: 1, cpu: .seconds(2), output: 3, log: 4),
            maximumConcurrency: 5,
            maximumPayload: 6,
            taskTimeout: .seconds(60),
            queueLimit: 100,
            sandbox: .auto,
            pool: PoolStatus(
                isReady: true,
                pythonVersion: "3.11.2",
                layers: [SandboxLayer(name: "seccomp", isActive: true, detail: "on")],
                warmWorkers: 2
            )
        )
    }
}

/// A server on a socket in a folder of its own.
struct ServerFixture {
    let path: String
    let dispatcher: ScriptedDispatcher
    let reporter: FixedReporter
    let memory: UserMemory
    let server: HTTPServer
    let services: ServiceGroup

    /// The settings of tests, changed by `change`.
    static func settings(_ change: (inout HTTPServerSettings) -> Void) -> HTTPServerSettings {
        var settings = HTTPServerSettings(maximumPayload: 1 << 20, serviceUserID: CurrentProcess.userID)
        change(&settings)
        return settings
    }

    /// Runs `body` against a server, shuts the server down in the end if `body` has not, and waits for that.
    static func with<Value: Sendable>(
        _ settings: HTTPServerSettings = Self.settings { _ in },
        memory limits: MemoryAccount.Limits = .init(perUser: 1 << 50, answer: 1),
        work: WorkQueue = WorkQueue(),
        _ body: @escaping @Sendable (ServerFixture) async throws -> Value
    ) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "broker-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "s").path()
        let dispatcher = ScriptedDispatcher()
        let reporter = FixedReporter()
        let memory = UserMemory(limits)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let server = HTTPServer(
            listener: try ListeningSocket.bind(path: path, mode: 0o600, group: nil),
            group: MultiThreadedEventLoopGroup.singleton,
            dispatcher: dispatcher,
            reporter: reporter,
            memory: memory,
            settings: settings,
            logger: logger,
            work: work
        )
        let services = ServiceGroup(services: [server], logger: logger)
        let fixture = ServerFixture(
            path: path,
            dispatcher: dispatcher,
            reporter: reporter,
            memory: memory,
            server: server,
            services: services
        )
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            do {
                // The socket listens already: whoever connects waits for the server to accept.
                let value = try await body(fixture)
                await services.triggerGracefulShutdown()
                try await group.waitForAll()
                return value
            } catch {
                group.cancelAll()
                throw error
            }
        }
    }

    func client() async throws -> RawClient { try await RawClient(self.path) }

    /// Sends a request on a connection of its own and reads the response.
    func request(
        _ method: String,
        _ target: String,
        body: String? = nil,
        fields: String = ""
    ) async throws
        -> RawClient.Response
    {
        let client = try await self.client()
        try await client.send(RawClient.request(method, target, body: body, fields: fields))
        let response = try await client.response(isHead: method == "HEAD")
        await client.close()
        return response
    }

    /// Runs `curl` on the socket.
    ///
    /// - Returns: What it wrote to standard output.
    func curl(_ arguments: String..., input: Data = Data()) async throws -> String {
        let file = URL(filePath: self.path + "-input-\(UUID().uuidString)")
        try input.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let output = Pipe()
        let process = try ChildProcess(
            "/usr/bin/curl",
            ["--silent", "--show-error", "--max-time", "60", "--unix-socket", self.path] + arguments,
            input: FileHandle(forReadingFrom: file),
            output: output.fileHandleForWriting
        )
        try output.fileHandleForWriting.close()
        return try await RawClient.blocking {
            let data = try output.fileHandleForReading.readToEnd() ?? Data()
            process.wait()
            return String(decoding: data, as: UTF8.self)
        }
    }
}
