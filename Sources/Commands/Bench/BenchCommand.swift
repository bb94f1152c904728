import ArgumentParser
import Client
import Daemon
import Tasks

/// `terrarium bench`.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure a service on this machine, with your settings.",
        discussion: """
            Starts a service of its own with the settings of the environment and the file, puts it under load and shows
            each figure next to what it is held against: the time that forking the same interpreter takes with
            nothing around it, measured in the same run. Times differ from machine to machine, their ratios hardly: but
            where a hypervisor gives the processors to others meanwhile, which is said then, both mean little.

            Exit codes: 0 measured, 1 worse than the baseline, 2 bad settings, 77 the sandbox's floor is not met.
            """
    )

    @Option(help: ArgumentHelp("A configuration file, as for \"terrarium serve\".", valueName: "file"))
    var config: String?

    @Option(help: "How long each load lasts, in seconds.")
    var seconds: Double = 10

    @Flag(help: "A rough picture in less than a minute.")
    var quick = false

    @Flag(help: "Print JSON instead of a table.")
    var json = false

    @Option(
        help: ArgumentHelp(
            "An earlier report in JSON: exit with 1 when a ratio is worse than there by more than the tolerance, three times in a row.",
            valueName: "file"
        )
    )
    var baseline: String?

    @Option(help: "How much worse a ratio may be, in per cent.")
    var tolerance: Double = 50

    /// From this share on, tails and even medians were several times as large on the machine that this was developed on.
    private static let muchStolen = 0.01

    /// How often is measured before a row counts as worse than the baseline.
    private static let attempts = 3

    func validate() throws {
        guard self.seconds > 0, self.seconds <= 3600 else {
            throw ValidationError("--seconds takes a number above 0 and up to 3600")
        }
        guard self.tolerance >= 0 else { throw ValidationError("--tolerance takes a number of at least 0") }
    }

    func run() async throws {
        let environment = Environment.variables
        let baseline = try self.baseline.map { try InputFile.bytes($0) }
        let report = try await self.report(environment)
        try Terminal.output(self.json ? report.json : report.table)
        guard let baseline else { return }
        let tolerance = self.tolerance / 100
        var regressions = try report.regressions(from: baseline, tolerance: tolerance)
        // What the code makes slower is slower every time; what the machine did meanwhile is not.
        for _ in 1..<Self.attempts where !regressions.isEmpty {
            for regression in regressions { Terminal.error("measuring again: \(regression.text)\n") }
            let again = try await self.report(environment).regressions(from: baseline, tolerance: tolerance)
            regressions = again.filter { again in regressions.contains { $0.name == again.name } }
        }
        for regression in regressions { Terminal.error("worse than the baseline: \(regression.text)\n") }
        guard regressions.isEmpty else { throw ExitStatus.failure.exitCode }
    }

    /// Measures once.
    private func report(_ environment: [String: String]) async throws -> BenchReport {
        let plan = BenchRun.Plan(
            duration: .milliseconds(Int(1000 * (self.quick ? min(self.seconds, 3) : self.seconds))),
            rounds: self.quick ? 100 : 300
        )
        let before = ProcessorTime.now
        let report: BenchReport
        do {
            report = try await self.measure(plan, environment)
        } catch let error as EmbeddedService.StartError {
            throw Complaint(status: ExitStatus(error), message: error.description)
        } catch let error as ClientError {
            throw Complaint(error)
        }
        if let before, let share = ProcessorTime.now?.stolenShare(since: before), share >= Self.muchStolen {
            let percent = BenchReport.text(share * 100)
            Terminal.error("note: the hypervisor gave \(percent) % of the processors to others: measure again later\n")
        }
        return report
    }

    private func measure(_ plan: BenchRun.Plan, _ environment: [String: String]) async throws -> BenchReport {
        let settings: Settings
        do {
            settings = try ConfigurationSources.load(file: self.config, environment: environment).settings
        } catch {
            throw Complaint.badInput(error.description)
        }
        let start = ContinuousClock.now
        let config = self.config
        return try await EmbeddedService.run(
            environment: environment,
            configurationFile: config,
            purpose: .measurement
        ) { path in
            try await LoadThread.run { try BenchLoad(path: path).waitUntilReady(before: start + .seconds(60)) }
            let startup = ContinuousClock.now - start
            let meter = try await FloorMeter(environment: environment, configurationFile: config)
            let run = BenchRun(
                plan: plan,
                meter: meter,
                path: path,
                externalAllow: settings.externalAllow,
                startup: startup,
                progress: { text in
                    if Terminal.errorIsTerminal { Terminal.error("measuring: \(text)\n") }
                }
            )
            do {
                let report = try await run.report()
                await meter.stop()
                return report
            } catch {
                await meter.stop()
                throw error
            }
        }
    }
}
