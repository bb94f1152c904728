public import ArgumentParser
import Client
import Commands
import Daemon
import Settings
import Tasks
import WorkerPool

/// The command `terrarium-bench`. It measures once; with a reference report, up to three times.
public struct BenchCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "terrarium-bench",
        abstract: "Measure a service on this machine, with your settings.",
        discussion: """
            Starts "terrarium serve" with the settings of the environment and the file on a private socket, puts it under
            load, and divides each figure by a baseline: the time that forking the same interpreter takes without the
            service, measured by terrarium-baseline in the same run. Ratios can be compared between machines, times
            cannot. When a hypervisor took processor time away during the run, a note says so; measure again then.

            Exit codes: 0 measured, 1 worse than the reference, 2 bad settings, 77 the sandbox's minimum is not met.
            """,
        version: ProductVersion.current
    )

    @Option(help: ArgumentHelp("A configuration file, as for \"terrarium serve\".", valueName: "file"))
    var config: String?

    @Option(help: "How long each load lasts, in seconds.")
    var seconds: Double = 10

    @Flag(help: "Short loads: less than a minute in total.")
    var quick = false

    @Flag(help: "Print JSON instead of a table.")
    var json = false

    @Option(
        help: ArgumentHelp(
            "An earlier report in JSON: exit with 1 when a ratio is worse than in that report by more than the tolerance, three times in a row.",
            valueName: "file"
        )
    )
    var reference: String?

    @Option(help: "How much worse a ratio may be, in per cent.")
    var tolerance: Double = 50

    /// A note is printed if at least this share of the processor time was stolen. On the machine M1 of docs/performance.md,
    /// tail latencies and even medians were several times as large in such runs.
    private static let notableStealShare = 0.01

    /// The number of measurements that must all be worse before a row counts as a regression.
    private static let attempts = 3

    public init() {}

    public func validate() throws {
        guard self.seconds > 0, self.seconds <= 3600 else {
            throw ValidationError("--seconds takes a number above 0 and up to 3600")
        }
        guard self.tolerance >= 0 else { throw ValidationError("--tolerance takes a number of at least 0") }
    }

    public func run() async throws {
        let reference = try self.reference.map { try InputFile.bytes($0) }
        let report = try await self.report()
        try Terminal.output(self.json ? report.json : report.table)
        guard let reference else { return }
        let tolerance = self.tolerance / 100
        var regressions = try report.regressions(from: reference, tolerance: tolerance)
        // Only rows that are worse in every measurement count. A slower build is slower in all of them, while other load on
        // the machine is temporary.
        for _ in 1..<Self.attempts where !regressions.isEmpty {
            for regression in regressions { Terminal.error("measuring again: \(regression.text)\n") }
            let again = try await self.report().regressions(from: reference, tolerance: tolerance)
            regressions = again.filter { again in regressions.contains { $0.name == again.name } }
        }
        for regression in regressions { Terminal.error("worse than the reference: \(regression.text)\n") }
        guard regressions.isEmpty else { throw ExitStatus.failure.exitCode }
    }

    /// Runs all measurements once.
    private func report() async throws -> BenchReport {
        let plan = BenchRun.Plan(
            duration: .milliseconds(Int(1000 * (self.quick ? min(self.seconds, 3) : self.seconds))),
            rounds: self.quick ? 100 : 300
        )
        let before = ProcessorTime.now
        let report: BenchReport
        do {
            let config = self.config
            report = try await Interrupts.cancelling { try await Self.measure(plan, configurationFile: config) }
        } catch let error as ClientError {
            throw CommandError(error)
        }
        if let before, let share = ProcessorTime.now?.stolenShare(since: before), share >= Self.notableStealShare {
            let percent = BenchReport.text(share * 100)
            Terminal.error("note: the hypervisor gave \(percent) % of the processors to others: measure again later\n")
        }
        return report
    }

    /// Starts `terrarium serve` and `terrarium-baseline`, measures, and ends both.
    private static func measure(_ plan: BenchRun.Plan, configurationFile: String?) async throws -> BenchReport {
        let environment = Environment.variables
        let loaded: LoadedSettings
        let workers: WorkerPoolConfiguration
        let program: String
        do {
            loaded = try ConfigurationSources.load(file: configurationFile, environment: environment)
            program = try InstalledProgram.path(of: "terrarium")
            workers = try WorkerPoolConfiguration(
                loaded.settings,
                environment: environment,
                program: InstalledProgram.path(of: "terrarium-baseline")
            )
        } catch let error as SettingsError {
            throw CommandError.badInput(error.description)
        } catch let error as ServiceStartError {
            throw CommandError(
                status: error.exit == .badConfiguration ? .badInput : .failure,
                message: error.message
            )
        }
        let daemon = try await LoadThread.run {
            try DaemonProcess(program: program, loaded, environment: environment)
        }
        // The baseline preloads no packages, because its tasks use none.
        let baseline = try await LoadThread.run { try BaselineProcess(workers.withoutPackages) }
        let run = BenchRun(
            plan: plan,
            daemon: daemon,
            baseline: baseline,
            externalAllow: loaded.settings.externalAllow,
            progress: { text in
                if Terminal.errorIsTerminal { Terminal.error("measuring: \(text)\n") }
            }
        )
        // The loads block their threads and cannot be cancelled. Killing the two processes makes them fail at once.
        return try await withTaskCancellationHandler {
            try await run.report()
        } onCancel: {
            daemon.kill()
            baseline.kill()
        }
    }
}
