import JSONBytes
import Tasks

/// The reason why a request was not processed: an RFC 9457 problem document with extra members that locate the error in the
/// request.
struct ProblemDocument: Error, Equatable {
    /// The HTTP statuses of problem documents.
    enum Status: Int {
        case badRequest = 400
        case forbidden = 403
        case notFound = 404
        case methodNotAllowed = 405
        case requestTimeout = 408
        case contentTooLarge = 413
        case unsupportedMediaType = 415
        case unprocessableEntity = 422
        case tooManyRequests = 429
        case internalServerError = 500
        case serviceUnavailable = 503
        case gatewayTimeout = 504
    }

    var status: Status
    /// The last part of the `type` URN, which distinguishes problems of the same status.
    var type: String
    /// The title of the problem, the same for each problem of the type.
    var title: String
    /// What is wrong with this request, and what to do.
    var detail: String
    /// The byte offset in the body at which the error was found.
    var offset: Int?
    /// The field of the body that has the error.
    var field: String?
    /// The index of the element of that field that has the error, if the field is an array.
    var element: Int?
    /// The methods that the path supports, for status 405.
    var allowedMethods: [String] = []
    /// When to try again, in seconds, for status 429 and 503.
    var retryAfter = 1

    /// Encodes the document as JSON.
    func encoded() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("type")
        writer.string("urn:terrarium:problem:" + self.type)
        writer.key("title")
        writer.string(self.title)
        writer.key("status")
        writer.integer(self.status.rawValue)
        writer.key("detail")
        writer.string(self.detail)
        if let field = self.field {
            writer.key("field")
            writer.string(field)
        }
        if let element = self.element {
            writer.key("element")
            writer.integer(element)
        }
        if let offset = self.offset {
            writer.key("offset")
            writer.integer(offset)
        }
        writer.endObject()
        writer.endLine()
        return writer.bytes
    }
}

extension ProblemDocument {
    /// The body is not well-formed JSON.
    static func malformed(_ error: JSONError) -> ProblemDocument {
        ProblemDocument(
            status: .badRequest,
            type: "malformed-json",
            title: "The body is not well-formed JSON",
            detail: "At byte \(error.offset): \(error.message).",
            offset: error.offset
        )
    }

    /// The body is well-formed JSON, but not a valid request.
    static func invalid(
        _ detail: String,
        field: String? = nil,
        element: Int? = nil,
        at offset: Int? = nil
    ) -> ProblemDocument {
        ProblemDocument(
            status: .badRequest,
            type: "invalid-request",
            title: "The request is not valid",
            detail: detail,
            offset: offset,
            field: field,
            element: element
        )
    }

    /// The bytes that arrived are not an HTTP request.
    static let malformedRequest = ProblemDocument(
        status: .badRequest,
        type: "malformed-http",
        title: "Malformed HTTP request",
        detail: "The received bytes are not an HTTP/1.1 request."
    )

    /// The body is larger than the limit.
    static func tooLarge(limit: Int) -> ProblemDocument {
        ProblemDocument(
            status: .contentTooLarge,
            type: "too-large",
            title: "The body is too large",
            detail: "The body is larger than MAX_PAYLOAD and MEMORY_PER_USER allow (\(limit) bytes)."
        )
    }

    /// The body is compressed or encoded in another way.
    static let encodedBody = ProblemDocument(
        status: .unsupportedMediaType,
        type: "encoded-body",
        title: "Encoded bodies are not supported",
        detail: "The request has a Content-Encoding. Send the body as it is, without compression."
    )

    /// The rest of an incomplete request did not arrive in time.
    static let requestTimedOut = ProblemDocument(
        status: .requestTimeout,
        type: "request-timeout",
        title: "Request timeout",
        detail: "The request is incomplete, and its rest did not arrive within the time limit."
    )

    /// The user is at its limit on connections.
    static let tooManyConnections = ProblemDocument(
        status: .tooManyRequests,
        type: "too-many-connections",
        title: "Too many connections",
        detail: "This user has as many connections as its share allows. Close idle connections, or retry later."
    )

    /// The user is at its limit on memory.
    static let memoryExhausted = ProblemDocument(
        status: .tooManyRequests,
        type: "too-much-waiting",
        title: "Too many bytes are waiting",
        detail: "This user's requests and the responses that it has not read take as much memory as MEMORY_PER_USER"
            + " allows. Read the responses, or retry when some of its tasks have started."
    )

    /// The peer's user is not permitted.
    static func refused(uid: UInt32) -> ProblemDocument {
        ProblemDocument(
            status: .forbidden,
            type: "peer-refused",
            title: "User not permitted",
            detail: "User id \(uid) is not in ALLOWED_UIDS."
        )
    }

    /// Only root and the service's user may reload.
    static let reloadForbidden = ProblemDocument(
        status: .forbidden,
        type: "reload-forbidden",
        title: "Not permitted",
        detail: "Only root and the user of the service may reload its configuration."
    )

    /// Only root and the service's user may see the settings.
    static let settingsForbidden = ProblemDocument(
        status: .forbidden,
        type: "settings-forbidden",
        title: "Not permitted",
        detail: "Only root and the user of the service may see all settings; /v1/info has the policy and the limits."
    )

    /// The configuration cannot be used; the old one stays in force.
    static func reloadFailed(_ failure: ReloadFailure) -> ProblemDocument {
        ProblemDocument(
            status: .unprocessableEntity,
            type: "reload-failed",
            title: "The configuration was not reloaded",
            detail: "The old settings stay in force: \(failure.reason)"
        )
    }

    /// The dispatcher rejected the task.
    init(_ rejection: Rejection) {
        switch rejection {
        case .queueFull(let limit):
            self.init(
                status: .tooManyRequests,
                type: "queue-full",
                title: "Queue full",
                detail: "This user's share of the queue (QUEUE_LIMIT is \(limit)) is full. Retry later."
            )
        case .tooManyTasks(let perMinute, let wait):
            self.init(
                status: .tooManyRequests,
                type: "too-many-tasks",
                title: "Too many tasks",
                detail:
                    "This user has submitted as many tasks as RATE_PER_USER allows (\(perMinute) a minute). Retry later."
            )
            // Rounded up, so that the next attempt is not too early.
            self.retryAfter = Int(wait.components.seconds) + 1
        case .draining:
            self.init(
                status: .serviceUnavailable,
                type: "draining",
                title: "Shutting down",
                detail: "The service is shutting down and accepts no new tasks."
            )
        }
    }

    /// The check ended without a report.
    static func checkFailed(_ failure: TaskFailure) -> ProblemDocument {
        guard failure.kind != .timedOut else {
            return ProblemDocument(
                status: .gatewayTimeout,
                type: "check-timed-out",
                title: "The check took too long",
                detail:
                    "The check did not finish within timeout_ms, or TASK_TIMEOUT where that is shorter. Allow more time, or"
                    + " check less code at once."
            )
        }
        return ProblemDocument(
            status: .internalServerError,
            type: "check-failed",
            title: "The check did not finish",
            detail: "\(failure.kind.name): \(failure.message)"
        )
    }
}
