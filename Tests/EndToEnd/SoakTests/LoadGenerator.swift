import Foundation
import Synchronization
import TestSupport

/// What came back under load. Everything is counted; nothing may be missing.
struct LoadReport: Sendable {
    /// Requests that were sent.
    var sent = 0
    /// Answers by status.
    var statuses: [Int: Int] = [:]
    /// Outcomes of the tasks that were accepted.
    var outcomes: [String: Int] = [:]
    /// What the outcomes that are no success say.
    var messages: [String: Int] = [:]
    /// Ids of accepted tasks, and how many results each had.
    var results: [String: Int] = [:]
    /// Requests without a proper answer.
    var failures: [String] = []

    mutating func merge(_ other: LoadReport) {
        self.sent += other.sent
        self.statuses.merge(other.statuses, uniquingKeysWith: +)
        self.outcomes.merge(other.outcomes, uniquingKeysWith: +)
        self.messages.merge(other.messages, uniquingKeysWith: +)
        self.results.merge(other.results, uniquingKeysWith: +)
        self.failures += other.failures
    }
}

/// Clients that send one task after the other, each on a connection of its own.
struct LoadGenerator {
    let daemon: Daemon
    let clients: Int
    let code: String
    /// Between the starts of two requests of one client; at once when the one before took longer.
    var interval = 0.0

    /// Runs until `end`.
    func run(until end: Date) async throws -> LoadReport {
        try await withThrowingTaskGroup(of: LoadReport.self) { group in
            for _ in 0..<self.clients {
                let (daemon, code, interval) = (self.daemon, self.code, self.interval)
                group.addTask {
                    try await offloaded {
                        var client = LoadClient(daemon: daemon, body: Daemon.body(code, items: "[{\"n\":1}]"))
                        while Date() < end {
                            let next = Date().addingTimeInterval(interval)
                            client.sendOne()
                            Thread.sleep(until: min(next, end))
                        }
                        return client.report
                    }
                }
            }
            return try await group.reduce(into: LoadReport()) { $0.merge($1) }
        }
    }
}

/// One client, and what it saw.
private struct LoadClient {
    let daemon: Daemon
    let body: Data
    private(set) var report = LoadReport()
    private var connection: UnixHTTPConnection?

    init(daemon: Daemon, body: Data) {
        self.daemon = daemon
        self.body = body
    }

    /// Sends a task and reads all of its answer.
    mutating func sendOne() {
        self.report.sent += 1
        do {
            let connection = try self.connection ?? self.daemon.connect()
            self.connection = connection
            try connection.send("POST", "/v1/run", headers: ["Accept": "application/x-ndjson"], body: self.body)
            let reply = try connection.receive()
            self.report.statuses[reply.status, default: 0] += 1
            if reply.status == 200 {
                try self.read(reply)
            }
            if reply.headers["connection"] == "close" {
                self.connection = nil
            }
        } catch {
            self.connection = nil
            self.report.failures.append("\(error)")
        }
    }

    private mutating func read(_ reply: UnixHTTPConnection.Reply) throws {
        var accepted: String?
        for line in reply.text.split(separator: "\n") {
            let event = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
            let id = event["id"] as? String
            switch event["event"] as? String {
            case "accepted":
                accepted = id
                self.report.results[id ?? "", default: 0] += 0
            case "result":
                self.report.results[id ?? "", default: 0] += 1
                self.report.outcomes[event["outcome"] as? String ?? "none", default: 0] += 1
                if let message = (event["error"] as? [String: Any])?["message"] as? String {
                    self.report.messages[message, default: 0] += 1
                }
                if id != accepted { self.report.failures.append("a result of somebody else's: \(line)") }
            default: break
            }
        }
        if accepted == nil { self.report.failures.append("not accepted: \(reply.text)") }
    }
}

/// Asks for one page over and over and keeps how long each answer took.
final class LatencyProbe: Sendable {
    private let seconds = Mutex<[Double]>([])

    /// Probes until `end`.
    func run(_ daemon: Daemon, _ path: String, until end: Date) async throws {
        try await offloaded {
            let connection = try daemon.connect()
            while Date() < end {
                let start = DispatchTime.now().uptimeNanoseconds
                try connection.send("GET", path)
                let status = try connection.receive().status
                let taken = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
                guard status == 200 else {
                    throw UnixHTTPConnection.Failure(description: "\(path) answered \(status)")
                }
                self.seconds.withLock { $0.append(taken) }
                Thread.sleep(forTimeInterval: 0.01)
            }
        }
    }

    /// The value that `share` of all answers stayed below.
    func percentile(_ share: Double) -> Double {
        let sorted = self.seconds.withLock { $0.sorted() }
        guard !sorted.isEmpty else { return .infinity }
        return sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }
}

/// What a process holds.
struct Footprint: CustomStringConvertible {
    var descriptors: Int
    var threads: Int
    var processes: Int
    var kilobytes: Int

    /// Reads it once the process has come to rest.
    init(_ pid: Int32) throws {
        try ProcessTree.settle(pid)
        self.descriptors = ProcessTree.descriptors(of: pid)
        self.threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task"))?.count ?? -1
        self.processes = ProcessTree.descendants(of: pid).count
        self.kilobytes = ProcessTree.residentKilobytes(of: pid)
    }

    var description: String {
        "\(self.descriptors) descriptors, \(self.threads) threads, \(self.processes) processes, \(self.kilobytes) kB"
    }
}
