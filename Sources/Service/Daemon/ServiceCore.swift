import Dispatcher
import Logging
import NIOCore
import NIOPosix
import Sandbox
import Settings
import Tasks
import WorkerPool

/// The components that the front ends share: worker pool, dispatcher, accounting, metrics and state. They do not depend
/// on which front ends are enabled.
struct ServiceCore: Sendable {
    let eventLoopGroup: any EventLoopGroup
    let pool: WorkerPoolRouter
    let memory: UserMemory
    let dispatcher: TaskDispatcher
    let accounting: TaskAccounting
    let metrics: ServiceMetrics
    let state: ServiceState
    let audit: AuditLog?

    init(
        _ configuration: ServiceConfiguration,
        division: Result<CgroupDivision, CgroupAbsence>,
        log: StandardErrorLog,
        logger: Logger
    ) throws(ServiceStartError) {
        self.eventLoopGroup = MultiThreadedEventLoopGroup.singleton
        self.metrics = ServiceMetrics()
        self.pool = WorkerPoolRouter(
            configuration: configuration.workerPool,
            division: division,
            eventLoopGroup: self.eventLoopGroup,
            logger: logger
        )
        self.memory = UserMemory(configuration.memory)
        self.dispatcher = TaskDispatcher(
            executor: self.pool,
            memory: self.memory,
            configuration: configuration.dispatcher
        )
        self.audit = try AuditLog(
            configuration.settings.auditLog,
            log: log,
            revision: PolicyRevision.text(configuration.settings)
        )
        self.accounting = TaskAccounting(
            dispatcher: self.dispatcher,
            metrics: self.metrics,
            logger: logger,
            audit: self.audit
        )
        self.state = ServiceState(
            configuration: configuration,
            pool: self.pool,
            dispatcher: self.dispatcher,
            metrics: self.metrics,
            history: self.accounting.history,
            log: log,
            audit: self.audit
        )
    }
}
