import Glibc
import HTTPAPI
import Sandbox
package import Settings
import Tasks
package import WorkerPool

extension WorkerPoolConfiguration {
    /// The pool's configuration under the service's settings.
    ///
    /// - Parameters:
    ///   - settings: The settings in force.
    ///   - environment: The environment of the service. `TZ` is passed on to tasks if it names an installed time zone.
    ///   - program: The path of the worker's program; nil finds it with ``InstalledProgram``.
    ///   - descriptors: The process's limit on descriptors, which may allow fewer warm workers than the settings want.
    /// - Throws: ``ServiceStartError`` when the worker's program or user is missing.
    package init(
        _ settings: ServiceSettings,
        environment: [String: String],
        program: String? = nil,
        descriptors: Int = HTTPServerSettings.descriptorLimit
    ) throws(ServiceStartError) {
        let program = if let program { program } else { try InstalledProgram.path() }
        let warmWorkers = min(
            settings.warmWorkers ?? min(settings.maximumConcurrency, Self.automaticWarmWorkers),
            DescriptorBudget(settings, limit: descriptors).warmWorkers
        )
        self.init(
            program: program,
            worker: WorkerConfiguration(
                policy: settings.policy,
                limits: settings.limits,
                sitePackages: settings.sitePackages,
                preload: settings.preload,
                sandbox: settings.sandbox,
                identity: geteuid() == 0 ? try MachineAccounts.workerIdentity(settings.workerUser) : nil,
                timeZone: environment["TZ"].flatMap(Self.timeZone)
            ),
            warmWorkers: warmWorkers,
            maximumWorkers: warmWorkers + settings.maximumConcurrency,
            temporaryFolder: settings.temporaryFolder
        )
        if !settings.blocksEnvironmentAccess { self.shownEnvironment = Self.shownEnvironment(environment) }
    }

    /// The environment variables of the service that tasks see when `N8N_BLOCK_RUNNER_ENV_ACCESS` is false: all but tokens
    /// and variables that change how a worker is loaded or runs.
    static func shownEnvironment(_ environment: [String: String]) -> [String] {
        let secrets = Setting.all.filter(\.isSecret).flatMap(\.variables).flatMap { [$0, "\($0)_FILE"] }
        let hidden = SandboxProfile.environmentNames.union(secrets)
        let prefixes = ["LD_", "GLIBC_", "MALLOC_", "PYTHON", "SWIFT_", "LC_", "LISTEN_", "NOTIFY_", "WATCHDOG_"]
        return environment.filter { name, _ in
            !hidden.contains(name) && !prefixes.contains { name.hasPrefix($0) }
        }
        .map { "\($0)=\($1)" }.sorted()
    }

    /// The largest number of warm workers under `WARM_WORKERS=auto`: further workers cost memory without a gain.
    private static let automaticWarmWorkers = 8

    /// The value of `TZ` if it names an installed time zone, otherwise nil: other text could name any file.
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
