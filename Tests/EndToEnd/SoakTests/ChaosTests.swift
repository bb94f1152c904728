import Foundation
import Glibc
import TestSupport
import Testing

extension OneAtATime {
    /// Processes that die at random while everybody works.
    @Suite struct ChaosTests {
        /// Tasks long enough to be hit.
        private static let code = "import time\nprint('on it')\ntime.sleep(0.05)\nreturn _items"

        @Test func everyAcceptedTaskHasExactlyOneOutcomeWhileProcessesAreKilledAndSettingsReloaded() async throws {
            let folder = try ScratchFolder()
            let settings = try folder.file("runner.conf", "TERRARIUM_TASK_TIMEOUT=30\n")
            let daemon = try await Daemon.start(
                ["TERRARIUM_MAX_CONCURRENCY": "4", "TERRARIUM_QUEUE_LIMIT": "16", "TERRARIUM_LOG_LEVEL": "notice"],
                programs: SoakSettings.programs,
                arguments: ["--config", settings]
            )
            let end = Date(timeIntervalSinceNow: Double(SoakSettings.seconds))
            async let killing = Self.killAtRandom(daemon, settings: settings, until: end)
            let report = try await LoadGenerator(daemon: daemon, clients: 12, code: Self.code).run(until: end)
            let killed = try await killing

            #expect(report.failures.isEmpty, "\(report.failures.prefix(3))")
            #expect(report.statuses.values.reduce(0, +) == report.sent)
            #expect(report.statuses.keys.allSatisfy { [200, 429, 503].contains($0) }, "\(report.statuses)")
            #expect(report.results.count == report.statuses[200])
            #expect(report.results.values.allSatisfy { $0 == 1 })
            // The control: tasks were hit, and others got through.
            #expect(killed.forkServers > 0)
            #expect(killed.workers > 0)
            #expect(report.outcomes["worker_died", default: 0] > 0, "\(report.outcomes)")
            #expect(report.outcomes["succeeded", default: 0] > 0, "\(report.outcomes)")
            #expect(Set(report.outcomes.keys).isSubset(of: ["succeeded", "worker_died"]), "\(report.outcomes)")
            // Nobody's task died but of a kill of its own worker, or of its fork server, which has four at most.
            let died = report.outcomes["worker_died", default: 0]
            #expect(died <= killed.workers + 4 * killed.forkServers, "\(died) died of \(killed): \(report.messages)")

            // And afterwards it is as well as ever.
            #expect(try await daemon.run("return [{'n': 1}]").json["outcome"] as? String == "succeeded")
            let metrics = try await daemon.request("GET", "/metrics").text
            #expect(metrics.contains("terrarium_config_reloads_total{result=\"accepted\"}"))
            #expect(!metrics.contains("terrarium_config_reloads_total{result=\"accepted\"} 0\n"))
            #expect(Self.value("terrarium_tasks_total{outcome=\"worker_died\"}", metrics) == died)
            #expect(Self.value("terrarium_worker_kills_total{reason=\"signal\"}", metrics) <= killed.workers)
            #expect(Self.value("terrarium_fork_server_starts_total", metrics) > killed.forkServers)
            print("chaos: killed \(killed); \(report.statuses), \(report.outcomes), \(report.messages)")
        }

        private static func value(_ sample: String, _ metrics: String) -> Int {
            let line = metrics.split(separator: "\n").first { $0.hasPrefix("\(sample) ") }
            return line.flatMap { Int($0.dropFirst(sample.count + 1)) } ?? -1
        }

        private struct Killed {
            var workers = 0
            var forkServers = 0
        }

        /// Every 40 ms a worker, every second a fork server, and every second other settings.
        private static func killAtRandom(_ daemon: Daemon, settings: String, until end: Date) async throws -> Killed {
            try await offloaded {
                var killed = Killed()
                var round = 0
                while Date() < end {
                    round += 1
                    let forkServers = ProcessTree.children(of: daemon.pid)
                    if round.isMultiple(of: 25) {
                        let text = "TERRARIUM_TASK_TIMEOUT=\(30 + round % 7)\n"
                        try text.write(toFile: settings, atomically: true, encoding: .utf8)
                        daemon.signal(SIGHUP)
                    } else if round % 25 == 12 {
                        if let victim = forkServers.randomElement(), kill(victim, SIGKILL) == 0 {
                            killed.forkServers += 1
                        }
                    } else {
                        let workers = forkServers.flatMap { ProcessTree.descendants(of: $0) }
                        if let victim = workers.randomElement(), kill(victim, SIGKILL) == 0 { killed.workers += 1 }
                    }
                    Thread.sleep(forTimeInterval: 0.04)
                }
                return killed
            }
        }
    }
}
