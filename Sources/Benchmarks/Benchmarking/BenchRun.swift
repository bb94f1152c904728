import Baselines
import Client
import Commands
import Tasks
import Text

/// Runs the measurements in their order. The baselines are measured first, in between and last, so that a change of the
/// machine's load during the run affects both sides of a ratio.
struct BenchRun: Sendable {
    struct Plan: Sendable {
        /// The duration of each load.
        var duration: Duration
        /// The number of rounds of each baseline measurement.
        var rounds: Int
    }

    let plan: Plan
    let daemon: DaemonProcess
    let baseline: BaselineProcess
    /// The setting for external packages that tasks may import.
    let externalAllow: [String]
    /// Called with the name of each measurement before it begins.
    let progress: @Sendable (String) -> Void

    private var load: BenchLoad { BenchLoad(path: self.daemon.socket) }

    func report() async throws -> BenchReport {
        var baselines: [BaselineReport] = []
        baselines.append(try await self.measureBaselines())
        let memory = WorkerMemory.privateDirtyBytes(ofWorkersBelow: self.daemon.pid)

        self.progress("one client, 50 tasks a second")
        let paced = try await self.onThread {
            try $0.client(BenchLoad.smallest, every: .milliseconds(20), for: self.plan.duration)
        }
        self.progress("one client, back to back")
        let backToBack = try await self.onThread {
            try $0.client(BenchLoad.smallest, every: nil, for: self.plan.duration)
        }
        baselines.append(try await self.measureBaselines())

        self.progress("eight clients")
        let sustained = try await BenchLoad.clients(8, path: self.daemon.socket, for: self.plan.duration)
        baselines.append(try await self.measureBaselines())

        self.progress("one item and a hundred, each_item")
        let each = try await self.onThread { load in
            let code = #"return {"n": _item["json"]["n"] + 1}"#
            let one = TaskSubmission(code: code, items: Array(BenchLoad.smallest.task.items.bytes), mode: .eachItem)
            let hundred = TaskSubmission(code: code, items: BenchLoad.hundredItems, mode: .eachItem)
            return try load.client([one, hundred], every: .milliseconds(20), for: self.plan.duration)
        }
        self.progress("100,000 items")
        let large = try await self.onThread {
            let submission = TaskSubmission(code: "return _items", items: BenchLoad.largeItems())
            return try $0.client(submission, every: nil, for: self.plan.duration, warmUp: 1)
        }
        let pandas = try await self.pandas()
        baselines.append(try await self.measureBaselines())

        var report = BenchReport()
        let bare = LatencySamples(baselines.map(\.bareFork)).median
        let confined = LatencySamples(baselines.map(\.confinedTask)).median
        // The rate with eight clients is divided by the mean of the two baselines that were measured before and after that
        // load.
        let paired = (baselines[1].pairedTask + baselines[2].pairedTask) / 2
        let forkBaseline = "fork+exit+wait"
        func latency(_ name: String, _ time: Duration, budget: Double?) {
            report.rows.append(
                .init(
                    name: name,
                    value: time.inMilliseconds,
                    unit: "ms",
                    baseline: forkBaseline,
                    baselineValue: bare.inMilliseconds,
                    budget: budget
                )
            )
        }
        latency("paced p50", paced.median, budget: 1)
        latency("paced p90", paced.percentile(90), budget: nil)
        latency("paced p99", paced.percentile(99), budget: 5)
        latency("back to back p50", backToBack.median, budget: 2)
        latency("back to back p90", backToBack.percentile(90), budget: nil)
        latency("back to back p99", backToBack.percentile(99), budget: nil)
        latency("fork+confine+run+exit", confined, budget: nil)
        report.rows.append(
            .init(
                name: "8 clients",
                value: sustained.rate,
                unit: "/s",
                baseline: "fork+confine+run+exit, 2 at once",
                baselineValue: 1000 / paired.inMilliseconds,
                budget: 0.6,
                isRate: true
            )
        )
        latency("8 clients p50", sustained.samples.median, budget: nil)
        latency("8 clients p99", sustained.samples.percentile(99), budget: nil)
        report.rows.append(
            .init(
                name: "100 items each_item p50",
                value: each[1].median.inMilliseconds,
                unit: "ms",
                baseline: "1 item each_item p50",
                baselineValue: each[0].median.inMilliseconds,
                budget: 1.5
            )
        )
        latency("100,000 items in and out p50", large.median, budget: nil)
        if let pandas {
            latency("pandas, 100 items p50", pandas.median, budget: nil)
        }
        latency("start to ready", self.daemon.startup, budget: nil)
        if !memory.isEmpty {
            report.rows.append(
                .init(
                    name: "warm worker, private dirty",
                    value: Double(memory.sorted()[memory.count / 2]) / 1_048_576,
                    unit: "MB",
                    baseline: "allowance",
                    baselineValue: 4,
                    budget: 1
                )
            )
        }
        return report
    }

    private func measureBaselines() async throws -> BaselineReport {
        self.progress("the baselines")
        let (baseline, rounds) = (self.baseline, self.plan.rounds)
        return try await LoadThread.run { try baseline.measure(rounds: rounds) }
    }

    /// Measures a task that uses pandas. Nil if tasks may not import pandas or the task fails, for example because
    /// pandas is not installed.
    private func pandas() async throws -> LatencySamples? {
        guard self.externalAllow.contains("pandas") || self.externalAllow.contains("*") else { return nil }
        self.progress("pandas")
        let submission = TaskSubmission(
            code: """
                import pandas as pd
                frame = pd.DataFrame([item["json"] for item in _items])
                return {"sum": frame["n"].sum(), "mean": frame["n"].mean()}
                """,
            items: BenchLoad.hundredItems
        )
        do {
            return try await self.onThread {
                try $0.client(submission, every: .milliseconds(50), for: self.plan.duration)
            }
        } catch let error as CommandError {
            Terminal.error(
                "note: no figure for pandas: \(PrintableText.line(error.message))\n"
            )
            return nil
        }
    }

    private func onThread<Result: Sendable>(
        _ body: @escaping @Sendable (BenchLoad) throws -> Result
    ) async throws -> Result {
        let load = self.load
        return try await LoadThread.run { try body(load) }
    }
}
