import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
public import Tasks

/// Talks to a running service over its Unix socket.
public struct TerrariumClient: Sendable {
    /// The socket's path.
    public let path: String
    private let http: HTTPClient

    /// The largest response that is read, in bytes: above every sensible `OUTPUT_LIMIT`.
    private static let maximumAnswer = 4 << 30
    private static let maximumSmallAnswer = 16 << 20

    /// Makes a client for the service at `path`, and closes its connections afterwards.
    ///
    /// - Parameters:
    ///   - path: The path of the socket. The first request connects to it.
    ///   - body: Gets the client, which must not be used after it returns.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws; the client's own errors are ``ClientError``.
    public static func withClient<Result: Sendable>(
        path: String,
        _ body: (TerrariumClient) async throws -> Result
    ) async throws -> Result {
        var configuration = HTTPClient.Configuration()
        // No retries: if a Unix socket refuses a connection, no process listens on it, and the caller gets the error at
        // once.
        configuration.connectionPool.retryConnectionEstablishment = false
        // More connections than any command has requests at the same time. With the library's default of eight, further
        // requests would wait until a task has ended.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        configuration.timeout = .init(connect: .seconds(5))
        configuration.redirectConfiguration = .disallow
        let http = HTTPClient(
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            configuration: configuration
        )
        do {
            let result = try await body(TerrariumClient(path: path, http: http))
            try? await http.shutdown()
            return result
        } catch {
            try? await http.shutdown()
            throw error
        }
    }

    // MARK: Tasks

    /// Runs a task and passes its events on as they arrive; the last one is the result.
    ///
    /// Cancelling the Swift task closes the connection, and that cancels the task in the service.
    public func run(
        _ submission: TaskSubmission,
        onEvent: (StreamedEvent) async throws -> Void
    ) async throws -> TaskAnswer {
        let response = try await self.send(
            .POST,
            "/v1/run",
            body: submission.runBody,
            accept: "application/x-ndjson",
            trace: submission.trace
        )
        var lines = LineSplitter(maximumLength: Self.maximumAnswer)
        do {
            for try await chunk in response.body {
                for line in try lines.append(chunk.readableBytesView) where !line.isEmpty {
                    guard let event = try StreamedEvent(Array(line)) else { continue }
                    try await onEvent(event)
                    if case .result(let answer) = event { return answer }
                }
            }
        } catch {
            throw self.translated(error)
        }
        throw ClientError.connectionLost(reason: "the stream of events ended without a result")
    }

    /// Runs a task and waits for its end.
    public func run(_ submission: TaskSubmission) async throws -> TaskAnswer {
        try TaskAnswer(
            try await self.answer(
                .POST,
                "/v1/run",
                body: submission.runBody,
                limit: Self.maximumAnswer,
                trace: submission.trace
            )
        )
    }

    /// Checks the code of a task against the policy without running it.
    public func check(_ submission: TaskSubmission) async throws -> CheckReport {
        let tree = try await self.tree(.POST, "/v1/check", body: submission.checkBody)
        guard let violations = tree["violations"]?.elements, let hints = tree["hints"]?.elements else {
            throw ClientError.malformedAnswer(reason: "the answer to a check has no violations or no hints")
        }
        return CheckReport(violations: violations.map(PolicyViolation.init), hints: hints.map(CodeHint.init))
    }

    /// The tasks that wait or run and that the user may see (`GET /v1/tasks`).
    public func tasks() async throws -> JSONTree {
        try await self.tree(.GET, "/v1/tasks")
    }

    /// The tasks that ended last and that the user may see (`GET /v1/history`).
    public func history(
        after number: Int = 0,
        onlyFailures: Bool = false,
        limit: Int = HistoryQuery.maximumLimit
    ) async throws -> JSONTree {
        try await self.tree(.GET, "/v1/history?after=\(max(0, number))&failed=\(onlyFailures)&limit=\(limit)")
    }

    /// Cancels a task.
    ///
    /// - Throws: ``ClientError/refused(_:)`` with status 404 when the user has no task of that identifier.
    public func cancel(_ id: String) async throws {
        _ = try await self.answer(.DELETE, "/v1/tasks/\(Self.escaped(id))", limit: Self.maximumSmallAnswer)
    }

    /// The versions, policy, limits, sandbox and pool of the service (`GET /v1/info`).
    public func info() async throws -> JSONTree {
        try await self.tree(.GET, "/v1/info")
    }

    /// All settings in force (`GET /v1/settings`).
    ///
    /// - Throws: ``ClientError/refused(_:)`` with status 403 unless the user is root or the service's.
    public func settings() async throws -> JSONTree {
        try await self.tree(.GET, "/v1/settings")
    }

    /// Reloads the configuration (`POST /v1/reload`), and returns when the new settings are in effect.
    ///
    /// - Throws: ``ClientError/refused(_:)`` with status 422 when the file cannot be used.
    public func reload() async throws -> JSONTree {
        try await self.tree(.POST, "/v1/reload")
    }

    /// Whether the service accepts tasks (`GET /readyz`).
    public func isReady() async throws -> Bool {
        do {
            _ = try await self.answer(.GET, "/readyz", limit: Self.maximumSmallAnswer)
            return true
        } catch ClientError.turnedAway {
            return false
        }
    }

    // MARK: Requests

    private func tree(_ method: HTTPMethod, _ target: String, body: [UInt8]? = nil) async throws -> JSONTree {
        let bytes = try await self.answer(method, target, body: body, limit: Self.maximumSmallAnswer)
        do {
            return try JSONTree(bytes)
        } catch {
            throw ClientError.malformedAnswer(reason: "\(error)")
        }
    }

    private func answer(
        _ method: HTTPMethod,
        _ target: String,
        body: [UInt8]? = nil,
        limit: Int,
        trace: TraceContext? = nil
    ) async throws -> [UInt8] {
        let response = try await self.send(method, target, body: body, accept: "application/json", trace: trace)
        do {
            return Array(try await response.body.collect(upTo: limit).readableBytesView)
        } catch {
            throw self.translated(error)
        }
    }

    /// Sends a request and waits for the head of the response.
    ///
    /// - Throws: ``ClientError`` when the service cannot be reached, or answers with a problem.
    private func send(
        _ method: HTTPMethod,
        _ target: String,
        body: [UInt8]?,
        accept: String,
        trace: TraceContext? = nil
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: "http+unix://\(Self.escaped(self.path))\(target)")
        request.method = method
        request.headers.add(name: "Accept", value: accept)
        if let trace { request.headers.add(name: "traceparent", value: trace.header) }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        let response: HTTPClientResponse
        do {
            // No deadline: the service has its own, and a client that ended earlier would lose the outcome.
            response = try await self.http.execute(request, deadline: .distantFuture)
        } catch {
            throw self.translated(error)
        }
        guard (200..<300).contains(response.status.code) else { throw try await self.problem(response) }
        return response
    }

    private func problem(_ response: HTTPClientResponse) async throws -> ClientError {
        let status = Int(response.status.code)
        var problem = ServiceProblem(status: status, title: response.status.reasonPhrase)
        problem.retryAfter = response.headers.first(name: "Retry-After").flatMap { Int($0) }
        let body = try? await response.body.collect(upTo: Self.maximumSmallAnswer)
        if let tree = try? JSONTree(body?.readableBytesView ?? ByteBufferView()) {
            problem.title = tree["title"]?.text ?? problem.title
            problem.detail = tree["detail"]?.text
        }
        return status == 429 || status == 503 ? .turnedAway(problem) : .refused(problem)
    }

    /// Converts an error of the HTTP library or the kernel to a ``ClientError``, and a cancellation to
    /// `CancellationError`.
    private func translated(_ error: any Error) -> any Error {
        switch error {
        case is ClientError, is CancellationError:
            return error
        case let error as IOError:
            // These errors occur only while connecting.
            if [EACCES, EPERM].contains(error.errnoCode) { return ClientError.forbidden(path: self.path) }
            if [ENOENT, ECONNREFUSED, ENOTSOCK, ENOTDIR, EPROTOTYPE].contains(error.errnoCode) {
                let reason = String(cString: strerror(error.errnoCode))
                return ClientError.unreachable(path: self.path, reason: reason)
            }
            return ClientError.connectionLost(reason: String(cString: strerror(error.errnoCode)))
        case let error as HTTPClientError where error == .cancelled:
            return CancellationError()
        case let error as HTTPClientError where error == .connectTimeout:
            return ClientError.unreachable(path: self.path, reason: "it does not accept the connection")
        case is LineSplitter.LineTooLong:
            return ClientError.malformedAnswer(reason: "a line of the answer is too long")
        case let error as SocketAddressError:
            return ClientError.unreachable(path: self.path, reason: "\(error)")
        default:
            return ClientError.connectionLost(reason: "\(error)")
        }
    }

    /// Percent-encodes every byte but letters, digits, `-`, `.` and `_`, which are safe in all parts of a URL.
    private static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                return String(UnicodeScalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                return digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        .joined()
    }
}
