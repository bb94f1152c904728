import Client
import Daemon
import Tasks

/// The measurements, in their order: the floors first, in between and last, so that a machine that gets busier meanwhile
/// does not make the service look slow or fast.
struct BenchRun: Sendable {
    struct Plan: Sendable {
        /// How long each load lasts.
        var duration: Duration
        /// How often each floor is measured, each time.
        var rounds: Int
    }

    let plan: Plan
    let meter: FloorMeter
    let path: String
    /// The modules that tasks may import from packages.
    let externalAllow: [String]
    /// From the start of the service to its readiness.
    let startup: Duration
    /// Says what is being done, for people who wait.
    let progress: @Sendable (String) -> Void

    private var load: BenchLoad { BenchLoad(path: self.path) }

    func report() async throws -> BenchReport {
        var floors: [FloorReport] = []
        floors.append(try await self.measureFloors())
        let memory = WorkerMemory.privateDirtyBytes()

        self.progress("one client, 50 tasks a second")
        let paced = try await self.onThread {
            try $0.client(BenchLoad.smallest, every: .milliseconds(20), for: self.plan.duration)
        }
        self.progress("one client, back to back")
        let backToBack = try await self.onThread {
            try $0.client(BenchLoad.smallest, every: nil, for: self.plan.duration)
        }
        floors.append(try await self.measureFloors())

        self.progress("eight clients")
        let sustained = try await BenchLoad.clients(8, path: self.path, for: self.plan.duration)
        floors.append(try await self.measureFloors())

        self.progress("one item and a hundred, each_item")
        let each = try await self.onThread { load in
            let code = #"return {"n": _item["json"]["n"] + 1}"#
            let one = TaskSubmission(code: code, items: BenchLoad.smallest.items, mode: .eachItem)
            let hundred = TaskSubmission(code: code, items: BenchLoad.hundredItems, mode: .eachItem)
            return try load.client([one, hundred], every: .milliseconds(20), for: self.plan.duration)
        }
        self.progress("100,000 items")
        let large = try await self.onThread {
            let submission = TaskSubmission(code: "return _items", items: BenchLoad.largeItems())
            return try $0.client(submission, every: nil, for: self.plan.duration, warmUp: 1)
        }
        let pandas = try await self.pandas()
        floors.append(try await self.measureFloors())

        var report = BenchReport()
        let bare = LatencySamples(floors.map(\.bareFork)).median
        let confined = LatencySamples(floors.map(\.confinedTask)).median
        // The floors around the load that they are held against.
        let paired = (floors[1].pairedTask + floors[2].pairedTask) / 2
        let forkFloor = "fork+exit+wait"
        func latency(_ name: String, _ time: Duration, budget: Double?) {
            report.rows.append(
                .init(
                    name: name,
                    value: time.inMilliseconds,
                    unit: "ms",
                    floor: forkFloor,
                    floorValue: bare.inMilliseconds,
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
                floor: "fork+confine+run+exit, 2 at once",
                floorValue: 1000 / paired.inMilliseconds,
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
                floor: "1 item each_item p50",
                floorValue: each[0].median.inMilliseconds,
                budget: 1.5
            )
        )
        latency("100,000 items in and out p50", large.median, budget: nil)
        if let pandas {
            latency("pandas, 100 items p50", pandas.median, budget: nil)
        }
        latency("start to ready", self.startup, budget: nil)
        if !memory.isEmpty {
            report.rows.append(
                .init(
                    name: "warm worker, private dirty",
                    value: Double(memory.sorted()[memory.count / 2]) / 1_048_576,
                    unit: "MB",
                    floor: "allowance",
                    floorValue: 4,
                    budget: 1
                )
            )
        }
        return report
    }

    private func measureFloors() async throws -> FloorReport {
        self.progress("the floors")
        return try await self.meter.measure(rounds: self.plan.rounds)
    }

    /// Nil when tasks may not import it, or it is not there.
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
        } catch let complaint as Complaint {
            Terminal.error(
                "note: no figure for pandas: \(TerminalText.harmless(complaint.message, keepingLines: false))\n"
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
