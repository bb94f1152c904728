import N8NBridge
import Settings
import Tasks
import Testing

@testable import Daemon

@Suite struct MetricsPageTests {
    private static let peer = Peer(uid: 1000, isPrivileged: false)

    private func page(
        _ metrics: ServiceMetrics = ServiceMetrics(),
        pool: PoolStatus = PoolStatus(),
        bridge: BridgeStatus? = nil,
        isReady: Bool = true,
        showsUsers: Bool = false
    ) -> String {
        MetricsPage(
            counts: metrics.snapshot,
            pool: pool,
            load: (waiting: 1, running: 2),
            traffic: (received: 3, sent: 4),
            connections: 5,
            bridge: bridge,
            droppedLogLines: 6,
            version: "7",
            isReady: isReady,
            showsUsers: showsUsers
        )
        .text
    }

    /// The sample lines of a family.
    private func samples(_ family: String, in page: String) -> [String] {
        page.split(separator: "\n").map(String.init).filter {
            $0.hasPrefix("\(family) ") || $0.hasPrefix("\(family){")
        }
    }

    @Test func everyLineIsASampleOfAFamilyThatWasDeclared() {
        let metrics = ServiceMetrics()
        metrics.taskFinished(TaskOutcome(result: .items([]), usage: TaskUsage(wall: .seconds(100))), of: Self.peer)
        var families: Set<String> = []
        for line in self.page(metrics).split(separator: "\n") {
            let words = line.split(separator: " ")
            if line.hasPrefix("# TYPE") {
                #expect(families.insert(String(words[2])).inserted, "declared twice: \(line)")
            } else if !line.hasPrefix("#") {
                let name = String(words[0].prefix { $0 != "{" })
                let family = ["_bucket", "_sum", "_count"].first { name.hasSuffix($0) }.map { name.dropLast($0.count) }
                #expect(families.contains(name) || families.contains(String(family ?? "")), "\(line)")
                #expect(Double(words[words.count - 1]) != nil, "\(line)")
            }
        }
    }

    @Test func figuresOfThePartsAppearUnderTheirNames() {
        let pool = PoolStatus(
            pythonVersion: "3.11.2",
            warmWorkers: 11,
            startingWorkers: 12,
            runningWorkers: 13,
            forkServers: 14,
            forks: 15,
            forkServerStarts: 16
        )
        let page = self.page(pool: pool)
        for line in [
            "terrarium_info{version=\"7\",python=\"3.11.2\"} 1", "terrarium_ready 1", "terrarium_tasks_waiting 1",
            "terrarium_tasks_running 2", "terrarium_http_bytes_received_total 3", "terrarium_http_bytes_sent_total 4",
            "terrarium_http_connections 5", "terrarium_log_lines_dropped_total 6",
            "terrarium_workers{state=\"warm\"} 11", "terrarium_workers{state=\"starting\"} 12",
            "terrarium_workers{state=\"running\"} 13", "terrarium_fork_servers 14", "terrarium_forks_total 15",
            "terrarium_fork_server_starts_total 16",
        ] {
            #expect(page.contains("\n\(line)\n"), "\(line)")
        }
        #expect(self.page(isReady: false).contains("\nterrarium_ready 0\n"))
    }

    @Test func everyValueOfALabelIsThereFromTheStart() {
        let page = self.page()
        let outcomes = self.samples("terrarium_tasks_total", in: page)
        #expect(outcomes.count == FailureKind.allCases.count + 1)
        #expect(outcomes.allSatisfy { $0.hasSuffix(" 0") })
        #expect(
            self.samples("terrarium_tasks_rejected_total", in: page) == [
                "terrarium_tasks_rejected_total{reason=\"queue_full\"} 0",
                "terrarium_tasks_rejected_total{reason=\"rate\"} 0",
                "terrarium_tasks_rejected_total{reason=\"draining\"} 0",
            ]
        )
        #expect(self.samples("terrarium_worker_kills_total", in: page).count == KillReason.allCases.count)
        #expect(
            self.samples("terrarium_config_reloads_total", in: page) == [
                "terrarium_config_reloads_total{result=\"accepted\"} 0",
                "terrarium_config_reloads_total{result=\"rejected\"} 0",
            ]
        )
    }

    @Test func countersFollowWhatHappened() {
        let metrics = ServiceMetrics()
        metrics.taskAccepted(bytes: 100)
        metrics.taskRejected(.draining, by: Self.peer)
        metrics.configurationReloaded(accepted: true)
        metrics.configurationReloaded(accepted: false)
        metrics.configurationReloaded(accepted: false)
        metrics.taskFinished(TaskOutcome(result: .items([1, 2, 3])), of: Self.peer)
        let killed = TaskFailure(.timedOut, message: "")
        metrics.taskFinished(TaskOutcome(result: .failure(killed), kill: KillReason.allCases[0]), of: Self.peer)
        let page = self.page(metrics)
        for line in [
            "terrarium_items_bytes_in_total 100", "terrarium_items_bytes_out_total 3",
            "terrarium_tasks_rejected_total{reason=\"draining\"} 1",
            "terrarium_config_reloads_total{result=\"accepted\"} 1",
            "terrarium_config_reloads_total{result=\"rejected\"} 2",
            "terrarium_tasks_total{outcome=\"succeeded\"} 1", "terrarium_tasks_total{outcome=\"timed_out\"} 1",
            "terrarium_worker_kills_total{reason=\"\(KillReason.allCases[0].rawValue)\"} 1",
        ] {
            #expect(page.contains("\n\(line)\n"), "\(line)")
        }
    }

    @Test func limitsAndTheProcessAreGauges() throws {
        var settings = ServiceSettings()
        settings.maximumConcurrency = 8
        settings.taskTimeout = .milliseconds(1500)
        let limits = LimitFigures(settings, memory: MemoryAccount.Limits(perUser: 77, answer: 1), connections: 66)
        let process = try #require(ProcessFigures(startedAt: 1.5))
        let page = MetricsPage(
            counts: ServiceMetrics().snapshot,
            pool: PoolStatus(),
            load: (0, 0),
            traffic: (0, 0),
            connections: 0,
            bridge: nil,
            droppedLogLines: 0,
            version: "7",
            isReady: true,
            limits: limits,
            process: process
        )
        .text
        for line in [
            "terrarium_limit_concurrency 8", "terrarium_limit_concurrency_per_user 8",
            "terrarium_limit_task_seconds 1.5",
            "terrarium_limit_memory_per_user_bytes 77", "terrarium_limit_connections 66",
            "terrarium_process_start_time_seconds 1.5",
        ] {
            #expect(page.contains("\n\(line)\n"), "\(line)")
        }
        #expect(process.openDescriptors > 2 && process.maximumDescriptors >= process.openDescriptors)
        #expect(process.residentBytes > 1 << 20)
    }

    @Test func usersAreCountedForThoseWhoMaySeeThemAndTheirNumberIsBounded() {
        var users = UserCounts()
        let failure = TaskOutcome(result: .failure(TaskFailure(.timedOut, message: "")))
        for uid in 0..<UInt32(UserCounts.maximumUsers) + 2 {
            users.submitted(uid)
            users.finished(
                uid,
                uid == 1 ? failure : TaskOutcome(result: .items([]), usage: TaskUsage(wall: .seconds(2)))
            )
        }
        users.submitted(0)
        users.submitted(1)
        users.rejected(1)
        let rows = users.rows
        #expect(rows.count == UserCounts.maximumUsers + 1)
        #expect(rows[0].counts == .init(succeeded: 1, active: 1, wall: .seconds(2)))
        #expect(rows[1].counts == .init(failed: 1, rejected: 1))
        #expect(rows.last?.label == "other" && rows.last?.counts.succeeded == 2)

        let metrics = ServiceMetrics()
        metrics.taskSubmitted(by: Self.peer)
        #expect(!self.page(metrics).contains("terrarium_user_"))
        #expect(self.page(metrics, showsUsers: true).contains("\nterrarium_user_tasks_active{uid=\"1000\"} 1\n"))
    }

    @Test func bucketsAreCumulativeAndIncludeTheirBound() {
        let metrics = ServiceMetrics()
        for wall in [Duration.milliseconds(1), .microseconds(1001), .seconds(60), .seconds(100)] {
            metrics.taskFinished(TaskOutcome(result: .items([]), usage: TaskUsage(wall: wall)), of: Self.peer)
        }
        let page = self.page(metrics)
        for (bound, count) in [("0.0005", 0), ("0.001", 1), ("0.0025", 2), ("30.0", 2), ("60.0", 3), ("+Inf", 4)] {
            #expect(page.contains("\nterrarium_task_wall_seconds_bucket{le=\"\(bound)\"} \(count)\n"), "\(bound)")
        }
        #expect(page.contains("\nterrarium_task_wall_seconds_count 4\n"))
        let sum = self.samples("terrarium_task_wall_seconds_sum", in: page).first?.split(separator: " ").last
        #expect(abs((sum.flatMap { Double($0) } ?? 0) - 160.002001) < 1e-9)
        // Phases that the task did not reach have no observation.
        for phase in ["queue", "start", "decode", "run", "encode"] {
            let count = phase == "queue" ? 4 : 0
            #expect(page.contains("\nterrarium_task_phase_seconds_count{phase=\"\(phase)\"} \(count)\n"), "\(phase)")
        }
    }

    @Test func valuesOfLabelsAreEscaped() {
        let layer = SandboxLayer(name: "a\"b\\c\nd", isActive: true, detail: "")
        let page = self.page(pool: PoolStatus(layers: [layer]))
        #expect(page.contains("\nterrarium_sandbox_layer_active{layer=\"a\\\"b\\\\c\\nd\"} 1\n"))
    }

    @Test func theBridgesFamiliesAreThereOnlyWithABridge() {
        var bridge = BridgeStatus()
        bridge.isConnected = true
        bridge.tasks = 3
        let page = self.page(bridge: bridge)
        for line in ["terrarium_n8n_connected 1", "terrarium_n8n_registered 0", "terrarium_n8n_tasks 3"] {
            #expect(page.contains("\n\(line)\n"), "\(line)")
        }
        #expect(!self.page().contains("terrarium_n8n"))
    }
}
