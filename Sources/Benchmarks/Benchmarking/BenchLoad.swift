import Client
import Commands
import Tasks

/// Generates load on a service. Every function blocks its thread, and throws if a task fails.
struct BenchLoad: Sendable {
    /// The service's socket.
    let path: String

    static let smallest = TaskSubmission(code: "return _items", items: Array(#"[{"json":{"n":1}}]"#.utf8))

    /// A hundred small items.
    static let hundredItems: [UInt8] = Self.items(100) { #"{"json":{"n":\#($0)}}"# }

    /// A hundred thousand items of 96 bytes each.
    static func largeItems() -> [UInt8] {
        Self.items(100_000) { index in
            let number = 1_000_000 + index
            return
                #"{"json":{"id":\#(number),"name":"Customer \#(number)","amount":1234.56,"city":"Rotterdam","ok":true}}"#
        }
    }

    static func items(_ count: Int, _ element: (Int) -> String) -> [UInt8] {
        var bytes: [UInt8] = [UInt8(ascii: "[")]
        for index in 0..<count {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: element(index).utf8)
        }
        bytes.append(UInt8(ascii: "]"))
        return bytes
    }

    /// Runs one client for `duration`. It sends a task every `interval`, counted from the start. Without an interval, it
    /// sends the next task when the response to the last one has arrived.
    func client(
        _ submission: TaskSubmission,
        every interval: Duration?,
        for duration: Duration,
        warmUp: Int = 5
    ) throws -> LatencySamples {
        try self.client([submission], every: interval, for: duration, warmUp: warmUp)[0]
    }

    /// Runs one client that sends these tasks in rotation. Returns the samples of each task separately.
    func client(
        _ submissions: [TaskSubmission],
        every interval: Duration?,
        for duration: Duration,
        warmUp: Int = 5
    ) throws -> [LatencySamples] {
        let requests = submissions.map { BlockingConnection.Request.run($0) }
        var connection = try BlockingConnection(path: self.path)
        var times: [[Duration]] = requests.map { _ in [] }
        for _ in 0..<warmUp {
            for request in requests { try Self.succeed(&connection, request) }
        }
        let start = ContinuousClock.now
        var number = 0
        while ContinuousClock.now - start < duration {
            if let interval { LoadThread.sleep(until: start + interval * number) }
            let kind = number % requests.count
            let sent = ContinuousClock.now
            try Self.succeed(&connection, requests[kind])
            times[kind].append(.now - sent)
            number += 1
        }
        return times.map { LatencySamples($0) }
    }

    /// Runs `count` clients at once. Each sends its next task when the response to the last one has arrived.
    ///
    /// - Returns: The number of tasks per second, and the samples of all clients.
    static func clients(
        _ count: Int,
        path: String,
        for duration: Duration
    ) async throws -> (rate: Double, samples: LatencySamples) {
        let load = BenchLoad(path: path)
        let start = ContinuousClock.now
        let times = try await withThrowingTaskGroup(of: [Duration].self) { group in
            for _ in 0..<count {
                group.addTask {
                    try await LoadThread.run { try load.repeated(until: start + duration) }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let elapsed = ContinuousClock.now - start
        return (Double(times.count) * 1000 / elapsed.inMilliseconds, LatencySamples(times))
    }

    private func repeated(until end: ContinuousClock.Instant) throws -> [Duration] {
        let request = BlockingConnection.Request.run(Self.smallest)
        var connection = try BlockingConnection(path: self.path)
        var times: [Duration] = []
        while ContinuousClock.now < end {
            let sent = ContinuousClock.now
            try Self.succeed(&connection, request)
            times.append(.now - sent)
        }
        return times
    }

    private static func succeed(
        _ connection: inout BlockingConnection,
        _ request: BlockingConnection.Request
    ) throws {
        let answer = try connection.send(request)
        guard answer.status == 200, answer.outcome == "succeeded" else {
            let text = String(decoding: answer.body.prefix(400), as: UTF8.self)
            throw CommandError(status: .failure, message: "a task of the measurement failed: \(answer.status) \(text)")
        }
    }
}
