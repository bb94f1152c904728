import Foundation
import TestSupport
import Testing

extension OneAtATime {
    /// Thirty-two clients who want more than there is.
    @Suite struct LoadTests {
        private static let clients = 32

        @Test func threeTimesTheCapacityLosesNoAnswerAndKeepsMemoryFlat() async throws {
            let daemon = try await Daemon.start(
                ["TERRARIUM_MAX_CONCURRENCY": "4", "TERRARIUM_QUEUE_LIMIT": "4", "TERRARIUM_LOG_LEVEL": "warning"],
                programs: SoakSettings.programs
            )
            let code = "import time\ntime.sleep(0.01)\nreturn _items"

            // What it can do: as many clients as slots, for a second.
            let measured = try await LoadGenerator(daemon: daemon, clients: 4, code: code)
                .run(until: Date(timeIntervalSinceNow: 1))
            #expect(measured.statuses.keys.allSatisfy { $0 == 200 }, "\(measured.statuses)")
            let capacity = Double(measured.outcomes["succeeded"] ?? 0)
            try #require(capacity > 0, "\(measured)")

            let start = Date()
            let end = start.addingTimeInterval(Double(SoakSettings.seconds))
            let quarter = start.addingTimeInterval(Double(SoakSettings.seconds) / 4)
            let probe = LatencyProbe()
            async let probing: Void = probe.run(daemon, "/healthz", until: end)
            async let early = offloaded {
                Thread.sleep(until: quarter)
                return ProcessTree.residentKilobytes(of: daemon.pid)
            }
            let generator = LoadGenerator(
                daemon: daemon,
                clients: Self.clients,
                code: code,
                interval: Double(Self.clients) / (3 * capacity)
            )
            let report = try await generator.run(until: end)
            try await probing
            let before = try await early
            let after = ProcessTree.residentKilobytes(of: daemon.pid)

            #expect(report.failures.isEmpty, "\(report.failures.prefix(3))")
            #expect(report.statuses.values.reduce(0, +) == report.sent)
            #expect(report.statuses.keys.allSatisfy { [200, 429, 503].contains($0) }, "\(report.statuses)")
            #expect(report.results.values.allSatisfy { $0 == 1 })
            #expect(report.outcomes.keys.allSatisfy { $0 == "succeeded" }, "\(report.outcomes)")
            // The control: it was more than it could take, and it went on working.
            #expect(report.statuses[429, default: 0] > 0, "\(report.statuses)")
            #expect(report.statuses[200, default: 0] > 0, "\(report.statuses)")
            #expect(after < before + 16384, "resident memory grew from \(before) to \(after) kB")
            #expect(probe.percentile(0.99) < SoakSettings.healthBound, "p99 of /healthz is \(probe.percentile(0.99)) s")
            let rate = Int(Double(report.sent) / Double(SoakSettings.seconds))
            print(
                "load: capacity \(Int(capacity))/s, sent \(rate)/s, \(report.statuses), /healthz p50"
                    + " \(probe.percentile(0.5)) s, p99 \(probe.percentile(0.99)) s, memory \(before) to \(after) kB"
            )
        }

        @Test func manyTasksLaterItHoldsNoMoreThanBefore() async throws {
            let daemon = try await Daemon.start(
                ["TERRARIUM_MAX_CONCURRENCY": "4", "TERRARIUM_LOG_LEVEL": "warning"],
                programs: SoakSettings.programs
            )
            let connections = try (0..<4).map { _ in try daemon.connect() }
            func runTasks(_ count: Int) async throws {
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for connection in connections {
                        group.addTask {
                            try await offloaded {
                                for _ in 0..<count / 4 {
                                    try connection.send("POST", "/v1/run", body: Daemon.body("return _items"))
                                    guard try connection.receive().json["outcome"] as? String == "succeeded" else {
                                        return 0
                                    }
                                }
                                return count / 4
                            }
                        }
                    }
                    let done = try await group.reduce(0, +)
                    #expect(done == count)
                }
            }
            try await runTasks(400)
            let before = try Footprint(daemon.pid)
            try await runTasks(SoakSettings.tasks)
            let after = try Footprint(daemon.pid)
            #expect(after.descriptors == before.descriptors, "\(before) became \(after)")
            #expect(after.threads <= before.threads, "\(before) became \(after)")
            #expect(after.processes == before.processes, "\(before) became \(after)")
            #expect(after.kilobytes < before.kilobytes + 8192, "\(before) became \(after)")
            print("endurance: \(SoakSettings.tasks) tasks; \(before) became \(after)")
        }
    }
}
