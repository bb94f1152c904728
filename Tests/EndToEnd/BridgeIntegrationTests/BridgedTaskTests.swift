import Foundation
import N8NTestBroker
import TestSupport
import Testing

/// Tasks as n8n sends them, through a real daemon and real workers.
@Suite(.serialized, .timeLimit(.minutes(10))) struct BridgedTaskTests {
    @Test func allItemsCodeReturnsWhatItReturns() async throws {
        try await BridgedDaemon.run(["TERRARIUM_SOCKET": "none"]) { bridged in
            let connection = try await bridged.registered()
            let items = #"[{"json":{"n":1}},{"json":{"n":41}}]"#
            let sum = try await connection.result(
                "sum",
                "total = 0\nfor item in _items:\n    total += item[\"json\"][\"n\"]\nreturn {\"total\": total}",
                items: items
            )
            #expect(sum == #"{"total":42}"#)
            let same = try await connection.result("same", "return _items", items: items)
            #expect(same == items)
            let nothing = try await connection.result("nothing", "return None")
            #expect(nothing == "[]")
            let scalar = try await connection.result("scalar", "return 7")
            #expect(scalar == "7")
            let empty = try await connection.result("empty", "# only a comment")
            #expect(empty == "[]")
        }
    }

    @Test func eachItemCodeKeepsTheLinksBetweenItems() async throws {
        try await BridgedDaemon.run(["TERRARIUM_SOCKET": "none"]) { bridged in
            let connection = try await bridged.registered()
            let result = try await connection.result(
                "each",
                """
                if _item["json"]["n"] == 2:
                    return None
                return {"json": {"twice": _item["json"]["n"] * 2}, "binary": {"b": {}}}
                """,
                items: #"[{"json":{"n":1}},{"json":{"n":2}},{"json":{"n":3}}]"#,
                each: true
            )
            #expect(
                result
                    == #"[{"binary":{"b":{}},"json":{"twice":2},"pairedItem":{"item":0}},"#
                    + #"{"binary":{"b":{}},"json":{"twice":6},"pairedItem":{"item":2}}]"#
            )
        }
    }

    @Test func aFailureNamesTheLineAndContinueOnFailMakesItAnItem() async throws {
        try await BridgedDaemon.run(["TERRARIUM_SOCKET": "none"]) { bridged in
            let connection = try await bridged.registered()
            let code = "x = {}\n\nreturn x[\"name\"]"
            let failed = try await connection.result("failed", code)
            #expect(failed == "error: KeyError: 'name' [line 3]")
            let continued = try await connection.result("continued", code, continueOnFail: true)
            #expect(continued == #"[{"json":{"error":"KeyError: 'name'"}}]"#)
            // One item for the whole task in each-item mode too, as n8n's own runner has it.
            let each = try await connection.result(
                "each",
                "return {\"json\": {\"n\": 1 // _item[\"json\"][\"n\"]}}",
                items: #"[{"json":{"n":1}},{"json":{"n":0}}]"#,
                each: true,
                continueOnFail: true
            )
            #expect(each.hasPrefix(#"[{"json":{"error":"ZeroDivisionError"#))
            // A static rejection fails alike.
            let refused = try await connection.result("refused", "import os", continueOnFail: true)
            #expect(refused.hasPrefix(#"[{"json":{"error":"import of 'os'"#))
            let syntax = try await connection.result("syntax", "return )")
            #expect(syntax.contains("SyntaxError") && syntax.hasSuffix("[line 1]"))
        }
    }

    @Test func theQueryIsThereWhenTheSettingsHaveOne() async throws {
        try await BridgedDaemon.run(["TERRARIUM_SOCKET": "none"]) { bridged in
            let connection = try await bridged.registered()
            let query = try await connection.result("with", "return _query", more: #","query":"what is it?""#)
            #expect(query == #""what is it?""#)
            for (id, more) in [("without", ""), ("null", #","query":null"#)] {
                let none = try await connection.result(id, "return repr(_query)", more: more)
                #expect(none == #""None""#)
            }
        }
    }

    @Test func printsArriveWhileTheTaskRuns() async throws {
        try await BridgedDaemon.run(["TERRARIUM_SOCKET": "none"]) { bridged in
            let connection = try await bridged.registered()
            try await connection.begin("t1")
            connection.sendSettings("t1", code: "print('text', 1, True, {'a': 'ü'})\nwhile True:\n    pass")
            let console = try await connection.nextConsole()
            #expect(console == .console("t1", ["'text'", "1", "True", #"{"a": "ü"}"#]))
            connection.cancel("t1")
            guard case .error(_, _, let text) = try await connection.end(of: "t1") else {
                Issue.record("a result of an endless loop")
                return
            }
            #expect(text.contains(#""kind":"cancelled""#))
        }
    }

    @Test func timeoutsDeathsAndFloodsEndTheirTaskAlone() async throws {
        let environment = [
            "TERRARIUM_SOCKET": "none", "N8N_RUNNERS_TASK_TIMEOUT": "5", "N8N_RUNNERS_STDLIB_ALLOW": "*",
            "TERRARIUM_OUTPUT_LIMIT": "1M",
        ]
        try await BridgedDaemon.run(environment) { bridged in
            let connection = try await bridged.registered()
            for (id, code, kind) in [
                ("loop", "while True:\n    pass", "timed_out"),
                ("exit", "import os\nos._exit(3)", "worker_died"),
                ("large", "return 'x' * 2_000_000", "output_exceeded"),
                ("memory", "return len(bytearray(2_000_000_000))", "memory_exceeded"),
            ] {
                let continued = try await connection.result("\(id) continued", code, continueOnFail: true)
                #expect(continued.hasPrefix(#"[{"json":{"error":""#), "\(id): \(continued)")
                #expect(continued.contains("timed out") == (kind == "timed_out"))
                try await connection.begin(id)
                connection.sendSettings(id, code: code)
                guard case .error(_, _, let text) = try await connection.end(of: id) else {
                    Issue.record("\(id) has a result")
                    continue
                }
                #expect(text.contains("\"kind\":\"\(kind)\""), "\(id): \(text)")
                let next = try await connection.result("after \(id)", "return 1")
                #expect(next == "1")
            }
        }
    }

    @Test func twoHundredTasksRunAtOnce() async throws {
        let environment = [
            "TERRARIUM_SOCKET": "none", "N8N_RUNNERS_STDLIB_ALLOW": "time", "N8N_RUNNERS_TASK_TIMEOUT": "600",
        ]
        try await BridgedDaemon.run(environment, capacity: 200) { bridged in
            let connection = try await bridged.registered()
            for index in 0..<200 { try await connection.begin("\(index)") }
            for index in 0..<200 {
                connection.sendSettings("\(index)", code: "print('here')\nimport time\ntime.sleep(590)")
            }
            // None of them ends by itself, so that all of them run once the last one has printed.
            for _ in 0..<200 { _ = try await connection.nextConsole() }
            for index in 0..<200 { connection.cancel("\(index)") }
            for index in 0..<200 {
                let end = try await connection.end(of: "\(index)")
                #expect(Self.isCancellation(end), "\(index): \(end)")
            }
            let result = try await connection.result("after", "return 1")
            #expect(result == "1")
        }
    }

    private static func isCancellation(_ heard: RunnerEvent) -> Bool {
        if case .error(_, _, let text) = heard { text.contains(#""kind":"cancelled""#) } else { false }
    }

    @Test func aTaskThatWaitsForItsTurnCanBeCancelled() async throws {
        // The socket's task has the only slot, so that n8n's has to wait for it.
        try await BridgedDaemon.run(["TERRARIUM_STDLIB_ALLOW": "time"], capacity: 1) { bridged in
            let connection = try await bridged.registered()
            let body = Daemon.body("import time\ntime.sleep(50)")
            async let first = bridged.daemon.request("POST", "/v1/run", body: body)
            let running = try await bridged.tasks { $0.map(\.state) == ["running"] }
            try await connection.begin("queued")
            connection.sendSettings("queued", code: "print('ran all the same')")
            _ = try await bridged.tasks { $0.map(\.state).sorted() == ["queued", "running"] }
            connection.cancel("queued")
            let end = try await connection.end(of: "queued")
            #expect(Self.isCancellation(end), "\(end)")
            #expect(connection.waitingConsoles == 0)
            _ = try await bridged.daemon.request("DELETE", "/v1/tasks/\(running[0].id)")
            #expect(try await first.json["outcome"] as? String == "cancelled")
            let result = try await connection.result("after", "return 1")
            #expect(result == "1")
        }
    }

    @Test func aHundredMegabytesGoThroughAWorkerAndComeBack() async throws {
        let environment = [
            "TERRARIUM_SOCKET": "none", "TERRARIUM_MEMORY_LIMIT": "2G", "TERRARIUM_OUTPUT_LIMIT": "200M",
            "N8N_RUNNERS_TASK_TIMEOUT": "600",
        ]
        try await BridgedDaemon.run(environment) { bridged in
            // Made first: an offer does not wait for it.
            let items = #"[{"json":{"text":"\#(String(repeating: "x", count: 100_000_000))"}}]"#
            let connection = try await bridged.registered()
            try await connection.begin("large")
            connection.sendSettings("large", code: "return _items", items: items)
            guard case .done(_, let result) = try await connection.end(of: "large") else {
                Issue.record("no result")
                return
            }
            let isSame = Data(result) == Data(items.utf8)
            #expect(isSame)
        }
    }

    @Test func theMemoryLimitGrowsWithTheItems() async throws {
        let code = "text = 'x' * 100_000_000\nreturn len(text)"
        let items = #"[{"json":{"text":"\#(String(repeating: "x", count: 10_000_000))"}}]"#
        let environment = ["TERRARIUM_SOCKET": "none", "TERRARIUM_MEMORY_LIMIT": "64M"]
        try await BridgedDaemon.run(environment) { bridged in
            let connection = try await bridged.registered()
            let grown = try await connection.result("large", code, items: items)
            #expect(grown == "100000000")
            let fixed = try await connection.result("small", code)
            #expect(fixed.contains("64 MiB") && fixed.contains("TERRARIUM_MEMORY_LIMIT"), "\(fixed)")
        }
        try await BridgedDaemon.run(environment.merging(["TERRARIUM_MEMORY_CEILING": "80M"]) { $1 }) { bridged in
            let connection = try await bridged.registered()
            let capped = try await connection.result("large", code, items: items)
            #expect(capped.contains("80 MiB") && capped.contains("TERRARIUM_MEMORY_CEILING"), "\(capped)")
        }
    }

    @Test func aQuarterOfAMillionItemsComeBackUnderTheDefaults() async throws {
        try await BridgedDaemon.run(["TERRARIUM_SOCKET": "none"]) { bridged in
            let item = #"{"json":{"text":"\#(String(repeating: "x", count: 180))"}}"#
            let items = "[" + repeatElement(item, count: 250_000).joined(separator: ",") + "]"
            let connection = try await bridged.registered()
            try await connection.begin("many")
            connection.sendSettings("many", code: "return _items", items: items)
            let end = try await connection.end(of: "many")
            guard case .done(_, let result) = end else {
                Issue.record("\(end)")
                return
            }
            #expect(result.count == items.utf8.count)
        }
    }

    @Test func manyTasksAtOnceAllEndRight() async throws {
        try await BridgedDaemon.run(["TERRARIUM_SOCKET": "none"], capacity: 20) { bridged in
            let connection = try await bridged.registered()
            for round in 0..<5 {
                for index in 0..<20 { try await connection.begin("\(round).\(index)") }
                for index in 0..<20 {
                    connection.sendSettings(
                        "\(round).\(index)",
                        code: "return _items[0]['json']['n'] * 2",
                        items: #"[{"json":{"n":\#(index)}}]"#
                    )
                }
                for index in 0..<20 {
                    let end = try await connection.end(of: "\(round).\(index)")
                    #expect(end == .done("\(round).\(index)", result: Array("\(index * 2)".utf8)))
                }
            }
        }
    }
}
