import Glibc
import Sandbox
import Tasks
import WorkerPool

extension WorkerPoolConfiguration {
    /// What the settings mean to the pool.
    ///
    /// - Parameters:
    ///   - settings: The settings in force.
    ///   - environment: Its `TZ` is passed on to tasks when it names a time zone.
    /// - Throws: ``ServiceStartError`` when the worker's program or user is missing.
    init(_ settings: Settings, environment: [String: String]) throws(ServiceStartError) {
        let warmWorkers = settings.warmWorkers ?? min(settings.maximumConcurrency, Self.automaticWarmWorkers)
        self.init(
            program: try WorkerProgram.path(),
            worker: WorkerConfiguration(
                policy: settings.policy,
                limits: settings.limits,
                sitePackages: settings.sitePackages,
                preload: settings.preload,
                sandbox: settings.sandbox,
                identity: geteuid() == 0 ? try MachineAccounts.identity(settings.workerUser) : nil,
                timeZone: environment["TZ"].flatMap(Self.timeZone)
            ),
            warmWorkers: warmWorkers,
            maximumWorkers: warmWorkers + settings.maximumConcurrency
        )
        if !settings.blocksEnvironmentAccess { self.shownEnvironment = Self.shown(environment) }
    }

    /// What of the service's environment tasks may see when the operator wants that: neither tokens, nor what would
    /// change how the worker itself is loaded or runs.
    static func shown(_ environment: [String: String]) -> [String] {
        let secrets = Setting.all.filter(\.isSecret).flatMap(\.variables).flatMap { [$0, "\($0)_FILE"] }
        let hidden = SandboxProfile.environmentNames.union(secrets)
        let prefixes = ["LD_", "GLIBC_", "MALLOC_", "PYTHON", "SWIFT_", "LC_", "LISTEN_", "NOTIFY_", "WATCHDOG_"]
        return environment.filter { name, _ in
            !hidden.contains(name) && !prefixes.contains { name.hasPrefix($0) }
        }
        .map { "\($0)=\($1)" }.sorted()
    }

    /// How many workers wait for tasks when nobody says: more only cost memory.
    private static let automaticWarmWorkers = 8

    /// The value of `TZ`, if it is the name of a time zone that is there: anything else could name a file elsewhere.
    static func timeZone(_ value: String) -> String? {
        let isName = value.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            part.first.map { $0 != "." } ?? false
                && part.utf8.allSatisfy {
                    (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                        || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+")
                }
        }
        guard isName, value.utf8.count <= 64, access("/usr/share/zoneinfo/\(value)", R_OK) == 0 else { return nil }
        return value
    }
}
