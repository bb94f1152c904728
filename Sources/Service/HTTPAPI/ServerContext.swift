import Linux
import Listener
import Logging
import NIOHTTP1
import Tasks

/// The objects that all connections of one server share. Created by ``HTTPServer``; used from every event loop.
struct ServerContext: Sendable {
    let dispatcher: any TaskDispatching
    let reporter: any ServiceReporting
    let connections: ConnectionRegistry
    let traffic: TrafficMeter
    let settings: ReloadableSettings
    /// The quota of connections; each connection takes one slot.
    let connectionSlots: PerUserQuota
    /// The quota of connections over the limit that get a response which says so; each takes one slot.
    let rejectionSlots: PerUserQuota
    /// The memory accounts of all users.
    let memory: UserMemory
    let logger: Logger
    /// Divides the time of each event loop among users.
    let turns = LoopTurns()
    /// Reads large bodies.
    let work: WorkQueue
    /// Draws the identifier of a request that starts no task.
    var newRequestID: @Sendable () -> TaskID = {
        var generator = SystemRandomNumberGenerator()
        return TaskID(using: &generator)
    }

    /// Why the user may not use the service; nil when the user may.
    func refusal(of uid: UInt32, _ settings: HTTPServerSettings) -> ProblemDocument? {
        let allowed = settings.allowedUserIDs
        return allowed.isEmpty || allowed.contains(uid) ? nil : .refused(uid: uid)
    }

    /// The response to a request that is answered at once; nil for a task or a reload, which are answered later.
    func response(to route: Route, from peer: Peer) -> Response? {
        switch route {
        case .run, .check, .reload:
            return nil
        case .listTasks:
            return .json(StatusEncoding.tasks(self.dispatcher.tasks(visibleTo: peer)))
        case .cancelTask(let id):
            guard self.dispatcher.cancel(id, by: peer) else { return Response(Route.unknownTask) }
            return .json(StatusEncoding.cancelled(id), status: .accepted)
        case .history(let query):
            return .json(HistoryEncoding.page(self.reporter.history(visibleTo: peer, query)))
        case .info:
            return .json(StatusEncoding.info(self.reporter.serviceInfo()))
        case .settings:
            guard peer.isPrivileged else { return Response(ProblemDocument.settingsForbidden) }
            return .json(StatusEncoding.settings(self.reporter.settings()))
        case .openAPI:
            return .json(OpenAPIDocument.bytes)
        case .health:
            return .json(StatusEncoding.state("ok"))
        case .readiness:
            guard self.connections.phase == .serving, self.reporter.isReady() else {
                return .json(StatusEncoding.state("unready"), status: .serviceUnavailable)
            }
            return .json(StatusEncoding.state("ready"))
        case .metrics:
            let page = Array(self.reporter.metricsPage(for: peer).utf8)
            let type = "text/plain; version=0.0.4; charset=utf-8"
            return Response(status: .ok, contentType: type, body: [page[...]])
        }
    }
}
