import Foundation
import N8NTestBroker
import TestSupport
import Testing

/// The latency of the bridge. A measurement, so that it is part of `make bench` and not of `make test`.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["TRM_MEASURE"] != nil)) struct BridgeLatencyTests {
    /// Both are measured in the same run, in turn: the bridge must add no waiting of its own.
    @Test func aTaskOverTheBridgeTakesAtMostTwiceAsLongAsOverTheSocket() async throws {
        try await BridgedDaemon.run { bridged in
            let connection = try await bridged.registered()
            let items = #"[{"json":{"n":1}}]"#
            var bridge: [Duration] = []
            var socket: [Duration] = []
            let client = try bridged.daemon.connect()
            for round in 0..<60 {
                try await connection.begin("t\(round)")
                let bridgeStart = ContinuousClock.now
                connection.sendSettings("t\(round)", code: "return _items", items: items)
                _ = try await connection.end(of: "t\(round)")
                bridge.append(.now - bridgeStart)
                // Until the pool has replaced the worker.
                try await Task.sleep(for: .milliseconds(20))
                let socketStart = ContinuousClock.now
                _ = try await offloaded {
                    try client.send("POST", "/v1/run", body: Daemon.body("return _items", items: items))
                    return try client.receive()
                }
                socket.append(.now - socketStart)
                try await Task.sleep(for: .milliseconds(20))
            }
            let ratio = Self.median(bridge) / Self.median(socket)
            print("bridge p50 \(Self.median(bridge)), socket p50 \(Self.median(socket)), ratio \(ratio)")
            #expect(ratio <= 2)
        }
    }

    private static func median(_ durations: [Duration]) -> Duration {
        durations.sorted()[durations.count / 2]
    }
}
