import NIOHTTP1
import Tasks
import Testing

@testable import HTTPAPI

@Suite struct RouteTests {
    private static let id = "0123456789abcdef0123456789abcdef"

    @Test(arguments: [
        ("POST", "/v1/run", Route.run), ("POST", "/v1/check", .check), ("GET", "/v1/tasks", .listTasks),
        ("GET", "/v1/info", .info), ("GET", "/v1/settings", .settings),
        ("GET", "/healthz", .health), ("HEAD", "/readyz", .readiness),
        ("GET", "/metrics?x=1", .metrics), ("POST", "http://localhost/v1/run", .run),
    ])
    func everyCallIsFound(method: String, target: String, route: Route) throws {
        #expect(try Route(method: HTTPMethod(rawValue: method), target: target) == route)
    }

    @Test(arguments: [
        ("", HistoryQuery()), ("?", HistoryQuery()),
        ("?after=7&failed=true", HistoryQuery(after: 7, onlyFailures: true)),
        ("?limit=1000&failed=false#x", HistoryQuery(limit: 1000)),
        ("?after=18446744073709551615", HistoryQuery(after: .max)),
    ])
    func theQueryOfTheHistoryIsRead(query: String, expected: HistoryQuery) throws {
        #expect(try Route(method: .GET, target: "/v1/history\(query)") == .history(expected))
    }

    @Test(arguments: [
        "after=", "after=-1", "after=18446744073709551616", "failed=yes", "limit=0", "limit=1001", "limit", "x=1",
        "after=1&after=2",
    ])
    func anInvalidQueryIsABadRequest(query: String) {
        let problem = #expect(throws: ProblemDocument.self) { try Route(method: .GET, target: "/v1/history?\(query)") }
        #expect(problem?.status == .badRequest)
    }

    @Test func aTaskIsNamedByItsIdentifier() throws {
        let id = try #require(TaskID(Self.id))
        #expect(try Route(method: .DELETE, target: "/v1/tasks/\(Self.id)") == .cancelTask(id))
    }

    @Test(arguments: [
        "/", "", "/v1", "/v1/run/", "/v2/run", "/healthz/x", "/v1/tasks/a/b", "/v1/tasks/x", "/v1/tasks/", "*",
        "/v1/tasks/../run", "http://localhost",
    ])
    func otherPathsAreNotFound(target: String) {
        let problem = #expect(throws: ProblemDocument.self) { try Route(method: .DELETE, target: target) }
        #expect(problem?.status == .notFound)
    }

    @Test(arguments: [
        ("GET", "/v1/run", ["POST"]), ("PUT", "/v1/check", ["POST"]), ("DELETE", "/v1/tasks", ["GET", "HEAD"]),
        ("GET", "/v1/tasks/\(id)", ["DELETE"]), ("POST", "/v1/tasks/x", ["DELETE"]),
        ("POST", "/healthz", ["GET", "HEAD"]),
    ])
    func otherMethodsAreToldWhichThereAre(method: String, target: String, allowed: [String]) {
        let problem = #expect(throws: ProblemDocument.self) {
            try Route(method: HTTPMethod(rawValue: method), target: target)
        }
        #expect(problem?.status == .methodNotAllowed)
        #expect(problem?.allowedMethods == allowed)
    }
}
