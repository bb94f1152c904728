import Foundation
import TestSupport
import Testing

/// What a large task costs the broker.
@Suite struct MemoryTests {
    /// The most memory that a process has ever had, in bytes (proc_pid_status(5)).
    private static func peakBytes(_ pid: pid_t) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(line.split(separator: " ").compactMap { Int($0) }.first) * 1024
    }

    @Test(arguments: [20, 31, 33, 80])
    func aTaskThatDoesNotFitIntoItsMemoryIsToldSo(megabytes: Int) async throws {
        let daemon = try await Daemon.start([
            "TERRARIUM_MEMORY_LIMIT": "32M", "TERRARIUM_WARM_WORKERS": "1", "TERRARIUM_TASK_TIMEOUT": "600",
        ])
        // The control: the same, small.
        let item = #"{"json":{"a":"\#(String(repeating: "x", count: 1000))"}}"#
        #expect(try await daemon.run("return [len(_items)]", items: "[\(item)]").outcome == "invalid_result")
        let count = megabytes << 20 / (item.utf8.count + 1)
        let items = "[" + Array(repeating: item, count: count).joined(separator: ",") + "]"
        let reply = try await daemon.run("return []", items: items)
        #expect(reply.outcome == "memory_exceeded", "\(reply.json)")
        #expect(reply.message.contains("TERRARIUM_MEMORY_LIMIT"), "\(reply.message)")
        // No worker died of it.
        let metrics = try await daemon.request("GET", "/metrics").text
        #expect(!metrics.contains("terrarium_worker_kills_total{reason=\"signal\"} 1"), "\(metrics)")
    }

    @Test func aCodeThatDoesNotFitIntoItsMemoryIsToldSo() async throws {
        let daemon = try await Daemon.start(["TERRARIUM_MEMORY_LIMIT": "32M", "TERRARIUM_TASK_TIMEOUT": "600"])
        let reply = try await daemon.run("#" + String(repeating: "x", count: 40 << 20) + "\nreturn []")
        #expect(reply.outcome == "memory_exceeded", "\(reply.json)")
    }

    @Test func aLargeTaskTakesNoMoreOfTheBrokerThanTwoAndAHalfTimesItsBody() async throws {
        let daemon = try await Daemon.start(["TERRARIUM_MEMORY_LIMIT": "1G", "TERRARIUM_TASK_TIMEOUT": "600"])
        let item = #"{"json":{"id":12345,"name":"an item like others","price":99.5,"tags":["a","b"]}}"#
        let items = "[" + Array(repeating: item, count: 150_000).joined(separator: ",") + "]"
        // Whatever the broker sets up for its first task is there before.
        _ = try await daemon.run("return _items", items: "[\(item)]")
        let before = try Self.peakBytes(daemon.pid)
        let reply = try await daemon.run("return _items", items: items)
        #expect(reply.json["outcome"] as? String == "succeeded", "\(reply.json)")
        // The result is larger than the body: every item says which one it came from.
        #expect(reply.body.count > items.utf8.count)
        let grown = try Self.peakBytes(daemon.pid) - before
        #expect(grown > items.utf8.count, "the broker had the body at some time")
        #expect(grown < items.utf8.count * 5 / 2, "\(grown) bytes for a body of \(items.utf8.count)")
    }
}
