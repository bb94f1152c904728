import NIOHTTP1
import Tasks
import Text

/// An API call, identified by a request's method and target.
enum Route: Equatable {
    case run
    case check
    case listTasks
    case cancelTask(TaskID)
    case history(HistoryQuery)
    case info
    case settings
    case reload
    case openAPI
    case health
    case readiness
    case metrics

    /// Parses method and target of a request.
    ///
    /// - Throws: ``ProblemDocument``: 404 for an unknown path, 405 for a method that the path does not support.
    init(method: HTTPMethod, target: String) throws(ProblemDocument) {
        let path = Self.path(of: target)
        switch path {
        case "/v1/run": self = try Self.only("POST", .run, method, path)
        case "/v1/check": self = try Self.only("POST", .check, method, path)
        case "/v1/tasks": self = try Self.only("GET", .listTasks, method, path)
        case "/v1/history":
            _ = try Self.only("GET", .info, method, path)
            self = .history(try HistoryQuery(target: target))
        case "/v1/info": self = try Self.only("GET", .info, method, path)
        case "/v1/settings": self = try Self.only("GET", .settings, method, path)
        case "/v1/reload": self = try Self.only("POST", .reload, method, path)
        case "/v1/openapi.json": self = try Self.only("GET", .openAPI, method, path)
        case "/healthz": self = try Self.only("GET", .health, method, path)
        case "/readyz": self = try Self.only("GET", .readiness, method, path)
        case "/metrics": self = try Self.only("GET", .metrics, method, path)
        default:
            let prefix = "/v1/tasks/"
            guard path.hasPrefix(prefix), !path.dropFirst(prefix.count).contains("/") else {
                throw ProblemDocument(
                    status: .notFound,
                    type: "not-found",
                    title: "Not found",
                    detail: "No resource at this path: \(BoundedText.cut(path, toBytes: 200))"
                )
            }
            let name = path.dropFirst(prefix.count)
            guard let id = TaskID(name) else {
                // The path has no valid task id: 404 as for an unknown task, or 405 for a method other than DELETE.
                _ = try Self.only("DELETE", .listTasks, method, path)
                throw Self.unknownTask
            }
            self = try Self.only("DELETE", .cancelTask(id), method, path)
        }
    }

    /// The peer may access no queued or running task with this id.
    static let unknownTask = ProblemDocument(
        status: .notFound,
        type: "unknown-task",
        title: "Unknown task",
        detail: "No queued or running task of this user has this id. It may have ended."
    )

    /// The path of a request target, which may be an absolute URI and may have a query.
    private static func path(of target: String) -> String {
        var rest = target.utf8[...]
        if rest.starts(with: "http://".utf8) {
            rest = rest.dropFirst("http://".utf8.count).drop { $0 != UInt8(ascii: "/") }
        }
        return String(Substring(rest.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }))
    }

    private static func only(
        _ name: String,
        _ route: Route,
        _ method: HTTPMethod,
        _ path: String
    ) throws(ProblemDocument) -> Route {
        // HEAD is supported wherever GET is.
        let methods = name == "GET" ? ["GET", "HEAD"] : [name]
        guard methods.contains(method.rawValue) else {
            throw ProblemDocument(
                status: .methodNotAllowed,
                type: "method-not-allowed",
                title: "Method not allowed",
                detail: "\(path) supports only \(methods.joined(separator: " and ")).",
                allowedMethods: methods
            )
        }
        return route
    }
}
