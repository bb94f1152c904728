import JSONBytes
import Tasks

/// Why a request was not carried out: an RFC 9457 problem document, with the place of the fault as extra members.
struct Problem: Error, Equatable {
    /// The HTTP statuses that go with a problem.
    enum Status: Int {
        case badRequest = 400
        case forbidden = 403
        case notFound = 404
        case methodNotAllowed = 405
        case requestTimeout = 408
        case contentTooLarge = 413
        case tooManyRequests = 429
        case internalServerError = 500
        case serviceUnavailable = 503

        /// The status in the words of RFC 9110.
        var phrase: String {
            switch self {
            case .badRequest: "Bad Request"
            case .forbidden: "Forbidden"
            case .notFound: "Not Found"
            case .methodNotAllowed: "Method Not Allowed"
            case .requestTimeout: "Request Timeout"
            case .contentTooLarge: "Content Too Large"
            case .tooManyRequests: "Too Many Requests"
            case .internalServerError: "Internal Server Error"
            case .serviceUnavailable: "Service Unavailable"
            }
        }
    }

    var status: Status
    /// The last part of the problem's type, which tells it from others of the same status.
    var type: String
    /// What is wrong in general.
    var title: String
    /// What is wrong this time, and what to do.
    var detail: String
    /// The byte of the body that the fault was noticed at.
    var offset: Int?
    /// The field of the body that is at fault.
    var field: String?
    /// The element of that field, if it is an array.
    var element: Int?
    /// The methods that the path has, for a method it does not.
    var allowedMethods: [String] = []

    /// The document.
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

extension Problem {
    /// The body is no JSON text.
    static func malformed(_ error: JSONError) -> Problem {
        Problem(
            status: .badRequest,
            type: "malformed-json",
            title: "The body is not well-formed JSON",
            detail: "At byte \(error.offset): \(error.message).",
            offset: error.offset
        )
    }

    /// The body is JSON, but not the request it should be.
    static func invalid(_ detail: String, field: String? = nil, element: Int? = nil, at offset: Int? = nil) -> Problem {
        Problem(
            status: .badRequest,
            type: "invalid-request",
            title: "The request is not valid",
            detail: detail,
            offset: offset,
            field: field,
            element: element
        )
    }

    /// The bytes that arrived are no HTTP request.
    static let malformedRequest = Problem(
        status: .badRequest,
        type: "malformed-http",
        title: "This is not an HTTP/1.1 request",
        detail: "The bytes received cannot be read as an HTTP request."
    )

    /// The body is over the limit.
    static func tooLarge(limit: Int) -> Problem {
        Problem(
            status: .contentTooLarge,
            type: "too-large",
            title: "The body is too large",
            detail: "The body is larger than the \(limit) bytes that MAX_PAYLOAD allows."
        )
    }

    /// A request that began and did not go on.
    static let requestTimedOut = Problem(
        status: .requestTimeout,
        type: "request-timeout",
        title: "The request did not arrive in time",
        detail: "The rest of the request did not arrive in time."
    )

    /// The user has its share of the connections.
    static let tooManyConnections = Problem(
        status: .tooManyRequests,
        type: "too-many-connections",
        title: "This user has too many connections",
        detail: "This user holds its share of the service's connections. Close some that are idle, or try again later."
    )

    /// The user has its share of the memory for bodies.
    static let tooMuchWaiting = Problem(
        status: .tooManyRequests,
        type: "too-much-waiting",
        title: "This user's requests hold too much memory",
        detail: "The bodies of this user's requests hold its share of the service's memory. Try again when some of its"
            + " tasks have begun to run."
    )

    /// The peer may not use the service.
    static func refused(uid: UInt32) -> Problem {
        Problem(
            status: .forbidden,
            type: "peer-refused",
            title: "This user may not use the service",
            detail: "User id \(uid) is not among ALLOWED_UIDS."
        )
    }

    /// The dispatcher turned the task away.
    init(_ rejection: Rejection) {
        switch rejection {
        case .queueFull(let limit):
            self.init(
                status: .tooManyRequests,
                type: "queue-full",
                title: "Too many tasks are waiting",
                detail:
                    "As many tasks are waiting as this client's share of the queue of \(limit) allows. Try again later."
            )
        case .draining:
            self.init(
                status: .serviceUnavailable,
                type: "draining",
                title: "The service is shutting down",
                detail: "No new tasks are accepted, because the service is shutting down."
            )
        }
    }

    /// A check that never came to its end.
    static func checkFailed(_ failure: TaskFailure) -> Problem {
        Problem(
            status: .internalServerError,
            type: "check-failed",
            title: "The check did not finish",
            detail: "\(failure.kind.name): \(failure.message)"
        )
    }
}
