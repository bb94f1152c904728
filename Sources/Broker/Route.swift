import NIOHTTP1
import Tasks

/// What a request asks for.
enum Route: Equatable {
    case run
    case check
    case listTasks
    case cancelTask(TaskID)
    case info
    case health
    case readiness
    case metrics

    /// Reads method and target.
    ///
    /// - Throws: ``Problem``: 404 for a path there is not, 405 for a method that the path does not have.
    init(method: HTTPMethod, target: String) throws(Problem) {
        let path = Self.path(of: target)
        switch path {
        case "/v1/run": self = try Self.only("POST", .run, method, path)
        case "/v1/check": self = try Self.only("POST", .check, method, path)
        case "/v1/tasks": self = try Self.only("GET", .listTasks, method, path)
        case "/v1/info": self = try Self.only("GET", .info, method, path)
        case "/healthz": self = try Self.only("GET", .health, method, path)
        case "/readyz": self = try Self.only("GET", .readiness, method, path)
        case "/metrics": self = try Self.only("GET", .metrics, method, path)
        default:
            let prefix = "/v1/tasks/"
            guard path.hasPrefix(prefix), !path.dropFirst(prefix.count).contains("/") else {
                throw Problem(
                    status: .notFound,
                    type: "not-found",
                    title: "There is nothing here",
                    detail: "There is no \(path.prefix(200))."
                )
            }
            let name = path.dropFirst(prefix.count)
            guard let id = TaskID(name) else {
                // A name that no task can have is a task that there is not, for the methods a task has.
                _ = try Self.only("DELETE", .listTasks, method, path)
                throw Self.unknownTask
            }
            self = try Self.only("DELETE", .cancelTask(id), method, path)
        }
    }

    /// There is no such task, or it is somebody else's.
    static let unknownTask = Problem(
        status: .notFound,
        type: "unknown-task",
        title: "There is no such task",
        detail: "There is no task of that id that is yours, or it has ended."
    )

    /// The path of a request target, which may be a whole URI or carry a query.
    private static func path(of target: String) -> String {
        var rest = target[...]
        if rest.hasPrefix("http://") {
            rest = rest.dropFirst("http://".count).drop { $0 != "/" }
        }
        return String(rest.prefix { $0 != "?" && $0 != "#" })
    }

    private static func only(
        _ name: String,
        _ route: Route,
        _ method: HTTPMethod,
        _ path: String
    ) throws(Problem) -> Route {
        // What can be read can be asked about.
        let methods = name == "GET" ? ["GET", "HEAD"] : [name]
        guard methods.contains(method.rawValue) else {
            throw Problem(
                status: .methodNotAllowed,
                type: "method-not-allowed",
                title: "The path does not have this method",
                detail: "\(path) answers \(methods.joined(separator: " and ")) only.",
                allowedMethods: methods
            )
        }
        return route
    }
}
