import Dispatcher
import Glibc
import HTTPAPI
import Logging
import N8NBridge
import Settings
import Synchronization
import Tasks
import WorkerPool

/// Reloads the configuration while the service runs: reads the file again, starts fork servers with the new
/// configuration, and applies the other settings when these fork servers serve. A reload that fails changes nothing.
///
/// ``SignalService`` calls `run` on SIGHUP, one call at a time. A later reload replaces an earlier one that has not
/// ended.
final class ServiceReload: Sendable {
    /// Called with the result of a reload, once and on any thread.
    typealias Waiter = @Sendable (Result<ReloadReport, ReloadFailure>) -> Void

    /// A reload that waits for its fork servers.
    private struct Pending {
        let generation: UInt64
        var configuration: ServiceConfiguration
        var plan: ReloadPlan
        var loaded: LoadedSettings
        var packageFaults: [String]
        var waiters: [Waiter]
    }

    private struct State {
        /// Whether SIGHUP is handled. While it is not, requests fail, because the signal would end the process.
        var isWatched = false
        /// The callers of `request` for which the next call of `run` reloads.
        var requests: [Waiter] = []
        var pending: Pending?
        var lastGeneration: UInt64 = 0
    }

    private let file: String?
    private let environment: [String: String]
    private let core: ServiceCore
    private let server: HTTPServer?
    private let bridge: TaskBrokerBridge?
    private let manager: ServiceManagerNotifier
    private let log: StandardErrorLog
    private let logger: Logger
    private let state = Mutex(State())

    init(
        file: String?,
        environment: [String: String],
        core: ServiceCore,
        server: HTTPServer?,
        bridge: TaskBrokerBridge?,
        manager: ServiceManagerNotifier,
        log: StandardErrorLog,
        logger: Logger
    ) {
        self.file = file
        self.environment = environment
        self.core = core
        self.server = server
        self.bridge = bridge
        self.manager = manager
        self.log = log
        self.logger = logger
    }

    /// SIGHUP calls ``run()`` from now on.
    func signalsAreHandled() {
        self.state.withLock { $0.isWatched = true }
    }

    /// Sends SIGHUP to this process, so that the reload runs on the thread that receives signals: reading files and
    /// looking up users may block.
    func request(_ waiter: @escaping Waiter) {
        let isWatched = self.state.withLock { state in
            if state.isWatched { state.requests.append(waiter) }
            return state.isWatched
        }
        guard isWatched else { return waiter(.failure(ReloadFailure(reason: "the service is starting or stopping"))) }
        kill(getpid(), SIGHUP)
    }

    /// The service is stopping: callers get an error at once, instead of waiting for fork servers, which end last.
    func stopWaiting() {
        let waiters = self.state.withLock { state in
            state.isWatched = false
            defer {
                state.requests = []
                state.pending?.waiters = []
            }
            return state.requests + (state.pending?.waiters ?? [])
        }
        for waiter in waiters { waiter(.failure(ReloadFailure(reason: "the service is stopping"))) }
    }

    /// Reads the file again. The new settings take effect when fork servers with them serve, except settings that need
    /// a restart. If the file has an error or the fork servers fail, nothing changes, and the error is logged.
    func run() {
        self.notifyReloading()
        let waiters = self.state.withLock { state in
            defer { state.requests = [] }
            return state.requests
        }
        do {
            let loaded = try ConfigurationSources.load(file: self.file, environment: self.environment)
            let fromFile = try self.file.map { try ConfigurationSources.load(file: $0, environment: [:]) }
            let plan = ReloadPlan(loaded, file: fromFile, inForce: self.core.state.configuration.settings)
            let configuration = try ServiceConfiguration(plan.settings, environment: self.environment)
            // Read here, because the end of a reload may come on an event loop.
            let faults = plan.settings.packageFaults(version: self.core.pool.status().pythonVersion)
            self.begin(configuration, plan, loaded, faults, waiters)
        } catch {
            self.failed((error as? ServiceStartError)?.message ?? "\(error)", waiters)
            self.notifyReady()
        }
    }

    private func begin(
        _ configuration: ServiceConfiguration,
        _ plan: ReloadPlan,
        _ loaded: LoadedSettings,
        _ packageFaults: [String],
        _ waiters: [Waiter]
    ) {
        let (generation, needsPool, replaced) = self.state.withLock { state in
            let old = state.pending
            let wanted = old?.configuration ?? self.core.state.configuration
            let needsPool = !configuration.isSame(as: wanted, for: .workers)
            // If the pool is starting workers with the same configuration already, this reload joins the pending one.
            let isJoining = old != nil && !needsPool
            if !isJoining { state.lastGeneration += 1 }
            state.pending = Pending(
                generation: state.lastGeneration,
                configuration: configuration,
                plan: plan,
                loaded: loaded,
                packageFaults: packageFaults,
                waiters: (isJoining ? old?.waiters ?? [] : []) + waiters
            )
            return (isJoining ? nil : state.lastGeneration, needsPool, isJoining ? [] : old?.waiters ?? [])
        }
        for waiter in replaced { waiter(.failure(ReloadFailure(reason: "a later reload replaced it"))) }
        self.logger.info("configuration read")
        guard let generation else { return }
        guard needsPool else { return self.ended(generation, nil) }
        self.core.pool.reload(configuration.workerPool) { self.ended(generation, $0) }
    }

    /// The fork servers of a reload serve; `error` is the reason if they failed, otherwise nil.
    private func ended(_ generation: UInt64, _ error: WorkerPoolError?) {
        let pending = self.state.withLock { state -> Pending? in
            guard let pending = state.pending, pending.generation == generation else { return nil }
            state.pending = nil
            // Applied under the lock, so that reloads take effect in order. This does not take long: each component
            // only replaces its own values.
            if error == nil {
                self.apply(pending.configuration)
                self.core.state.setOrigins(pending.loaded, except: pending.plan.pending)
            }
            return pending
        }
        guard let pending else { return }
        if let error {
            self.failed(error.description, pending.waiters)
        } else {
            self.core.dispatcher.startWaiting()
            self.core.metrics.configurationReloaded(accepted: true)
            self.report(pending.plan)
            pending.loaded.logWarnings(pending.packageFaults, to: self.logger)
            let report = ReloadReport(pending.plan)
            for waiter in pending.waiters { waiter(.success(report)) }
        }
        self.notifyReady()
    }

    private func failed(_ reason: String, _ waiters: [Waiter]) {
        self.core.metrics.configurationReloaded(accepted: false)
        self.logger.error(
            "configuration not reloaded; the old one stays in force",
            metadata: ["reason": "\(reason)"]
        )
        for waiter in waiters { waiter(.failure(ReloadFailure(reason: reason))) }
    }

    private func notifyReloading() {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let microseconds = now.tv_sec * 1_000_000 + now.tv_nsec / 1000
        self.manager.notify("RELOADING=1\nMONOTONIC_USEC=\(microseconds)")
    }

    private func notifyReady() {
        if self.state.withLock({ $0.pending == nil }) { self.manager.notify("READY=1") }
    }

    /// Applies the new configuration to each component whose part of it changed. The worker pool has its part already.
    private func apply(_ configuration: ServiceConfiguration) {
        let old = self.core.state.configuration
        self.core.state.configuration = configuration
        for consumer in SettingConsumer.allCases where !configuration.isSame(as: old, for: consumer) {
            self.apply(configuration, to: consumer)
        }
        self.core.audit?.policyChanged(to: PolicyRevision.text(configuration.settings))
    }

    private func apply(_ configuration: ServiceConfiguration, to consumer: SettingConsumer) {
        switch consumer {
        case .dispatcher: self.core.dispatcher.apply(configuration.dispatcher)
        case .memory: self.core.memory.apply(configuration.memory)
        case .httpServer: self.server?.apply(configuration.httpServer)
        case .bridge:
            guard let configuration = configuration.bridge else { return }
            self.bridge?.setLimits(
                maximumPayload: configuration.maximumPayload,
                maximumConcurrency: configuration.maximumConcurrency
            )
        case .log: self.log.level = configuration.logLevel
        // The pool got its part in `begin`.
        case .workers: break
        }
    }

    private func report(_ plan: ReloadPlan) {
        self.logger.notice(
            "configuration reloaded",
            metadata: [
                "changed": "\(plan.applied.isEmpty ? "nothing" : plan.applied.joined(separator: ","))",
                "policy": "\(PolicyRevision.text(plan.settings))",
            ]
        )
        if !plan.pending.isEmpty {
            self.logger.warning(
                "these changes wait for a restart",
                metadata: ["settings": "\(plan.pending.joined(separator: ","))"]
            )
        }
        if !plan.overriding.isEmpty {
            self.logger.warning(
                "the environment overrides the file",
                metadata: ["settings": "\(plan.overriding.joined(separator: ","))"]
            )
        }
    }
}

extension ReloadReport {
    fileprivate init(_ plan: ReloadPlan) {
        self.init(
            changed: plan.applied,
            pending: plan.pending,
            overriding: plan.overriding,
            policyRevision: PolicyRevision.text(plan.settings)
        )
    }
}
