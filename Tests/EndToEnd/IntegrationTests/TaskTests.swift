import Foundation
import TestSupport
import Testing

/// What an author sees: through the real socket, a real fork server and a real worker.
@Suite struct TaskTests {
    @Test func itemsGoInAndComeOut() async throws {
        let daemon = try await Shared.daemon.value
        let reply = try await daemon.run(
            "return [{'total': sum(item['json']['n'] for item in _items)}]",
            items: "[{\"json\":{\"n\":1}},{\"n\":41}]"
        )
        #expect(reply.status == 200)
        #expect(reply.outcome == "succeeded")
        #expect(reply.items == #"[{"json":{"total":42}}]"#)
        #expect((reply.usage["wall_ms"] as? Double ?? 0) > 0)
        #expect((reply.usage["max_rss_bytes"] as? Int ?? 0) > 1 << 20)
    }

    @Test func everyItemIsSeenByItselfAndMayBeDropped() async throws {
        let daemon = try await Shared.daemon.value
        let reply = try await daemon.run(
            "if _item['json']['n'] == 2: return None\nreturn {'double': _item['json']['n'] * 2}",
            items: "[{\"n\":1},{\"n\":2},{\"n\":3}]",
            mode: "each_item"
        )
        #expect(
            reply.items
                == #"[{"json":{"double":2},"pairedItem":{"item":0}},{"json":{"double":6},"pairedItem":{"item":2}}]"#
        )
    }

    @Test func theListOfTasksSaysWhatATaskUses() async throws {
        let daemon = try await Daemon.start()
        let code = "import time\nx = 'x' * 20_000_000\nn = 0\nwhile n < 3_000_000: n += 1\nprint('now')\ntime.sleep(60)"
        let task = try await offloaded {
            let connection = try daemon.connect()
            try connection.send(
                "POST",
                "/v1/run",
                headers: ["Accept": "application/x-ndjson"],
                body: Daemon.body(code)
            )
            #expect(try connection.receiveHead().status == 200)
            try connection.receiveEvents(until: "\"log\"")
            let other = try daemon.connect()
            try other.send("GET", "/v1/tasks")
            let task = (try other.receive().json["tasks"] as? [[String: Any]])?.first
            connection.hangUp()
            return (cpu: task?["cpu_ms"] as? Double, memory: task?["rss_bytes"] as? Int)
        }
        #expect((task.cpu ?? 0) >= 10, "\(task)")
        #expect((task.memory ?? 0) > 20_000_000, "\(task)")
    }

    /// Slow enough for an item to be passed on before the next one is finished.
    private static let slow = "import time\ntime.sleep(0.1)\n"

    @Test func itemsThatWereFinishedBeforeAFailureAreInItsResponse() async throws {
        let daemon = try await Shared.daemon.value
        let items = "[{\"n\":1},{\"n\":2},{\"n\":3},{\"n\":4}]"
        let finished = #"[{"json":{"n":1},"pairedItem":{"item":0}},{"json":{"n":2},"pairedItem":{"item":1}}]"#
        let fails = "n = _item['json']['n']\nif n == 3: raise ValueError('no')\nreturn {'n': n}"
        // Quick items, which are passed on with the failure, and slow ones, which are passed on before it.
        for code in [fails, Self.slow + fails] {
            let reply = try await daemon.run(code, items: items, mode: "each_item")
            #expect(reply.outcome == "python_error")
            #expect(reply.error["item_index"] as? Int == 2)
            #expect(reply.text.contains("\"partial_items\":\(finished),"), "\(reply.text)")
        }
        let stopped = try await daemon.run(
            "n = _item['json']['n']\nwhile n == 3: pass\n\(Self.slow)return {'n': n}",
            items: items,
            mode: "each_item",
            timeout: 2000
        )
        #expect(stopped.outcome == "timed_out")
        #expect(stopped.text.contains(#""partial_items":[{"json":{"n":1}"#), "\(stopped.text)")
        // Controls: nothing was finished, and nothing failed.
        let first = try await daemon.run("raise ValueError('no')", items: items, mode: "each_item")
        #expect(!first.text.contains("partial_items"))
        let all = try await daemon.run(Self.slow + "return {'n': _item['json']['n']}", items: items, mode: "each_item")
        #expect(all.outcome == "succeeded")
        #expect((all.json["items"] as? [Any])?.count == 4)
        #expect(all.items.hasPrefix(finished.dropLast()), "\(all.items)")
    }

    @Test func finishedItemsAreEventsWhenTheyAreAskedFor() async throws {
        let daemon = try await Shared.daemon.value
        let code = "import time\ntime.sleep(0.1)\nreturn {'n': _item['json']['n']}"
        let body = Daemon.body(code, items: "[{\"n\":1},{\"n\":2},{\"n\":3}]", mode: "each_item")
        let asking = Data(body.dropLast() + Data(#","stream_items":true}"#.utf8))
        for (body, isAsking) in [(asking, true), (body, false)] {
            let reply = try await daemon.request(
                "POST",
                "/v1/run",
                headers: ["Accept": "application/x-ndjson"],
                body: body
            )
            let events = try reply.text.split(separator: "\n").map { line in
                try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            }
            let parts = events.filter { $0["event"] as? String == "items" }.compactMap {
                $0["items"] as? [[String: Any]]
            }
            let last = try #require(events.last?["items"] as? [[String: Any]])
            #expect(parts.isEmpty == !isAsking)
            let numbers = (parts.flatMap(\.self) + last).compactMap { ($0["json"] as? [String: Any])?["n"] as? Int }
            #expect(numbers == [1, 2, 3], "\(reply.text)")
        }
    }

    @Test func onlyTheItemsAreInScope() async throws {
        let daemon = try await Shared.daemon.value
        let all = try await daemon.run("return [{'names': dir()}]")
        #expect(all.items == #"[{"json":{"names":["_items"]}}]"#)
        let each = try await daemon.run("return {'x': len(_items)}", items: "[{}]", mode: "each_item")
        #expect(each.outcome == "python_error")
        #expect(each.error["type"] as? String == "NameError")
    }

    @Test(arguments: [
        ("return [", "syntax_error", 1),
        ("x = 1\nimport os\nreturn []", "policy_violation", 2),
        ("x = {}\n\nreturn x['missing']", "python_error", 3),
        ("return [{'x': b'bytes'}]", "invalid_result", 0),
        ("return 'text'", "invalid_result", 0),
    ])
    func failuresNameTheirKindAndLine(code: String, kind: String, line: Int) async throws {
        let daemon = try await Shared.daemon.value
        let reply = try await daemon.run(code)
        #expect(reply.status == 200)
        #expect(reply.outcome == kind)
        if kind == "policy_violation" {
            let violation = (reply.error["violations"] as? [[String: Any]])?.first
            #expect(violation?["line"] as? Int == line)
        } else if line > 0 {
            #expect(reply.error["line"] as? Int == line)
        }
        #expect(!reply.message.isEmpty)
    }

    @Test func aTracebackShowsTheAuthorsFramesOnly() async throws {
        let daemon = try await Shared.daemon.value
        let reply = try await daemon.run(
            "import json\ndef parse(text):\n    return json.loads(text)\nreturn parse('{')"
        )
        #expect(reply.error["type"] as? String == "json.decoder.JSONDecodeError")
        let traceback = reply.error["traceback"] as? String ?? ""
        #expect(traceback.contains("line 4, in <module>"))
        #expect(traceback.contains("line 3, in parse"))
        #expect(!traceback.contains("/usr/lib"))
        #expect(reply.error["line"] as? Int == 3)
    }

    @Test func printsComeInOrderWithTheirStreamAndSurviveAFailure() async throws {
        let daemon = try await Shared.daemon.value
        let reply = try await daemon.run(
            "print('one', 2, sep='-', end='!\\n')\nprint('ünï\\u2028')\nraise ValueError('x')"
        )
        #expect(reply.outcome == "python_error")
        #expect(reply.printed() == "one-2!\nünï\u{2028}\n")
    }

    @Test func aTripleQuotedStringIsByteForByteWhatTheAuthorWrote() async throws {
        let daemon = try await Shared.daemon.value
        let reply = try await daemon.run("text = '''a\n  b\n\tc'''\nreturn [{'text': text}]")
        #expect(reply.items == #"[{"json":{"text":"a\n  b\n\tc"}}]"#)
    }

    @Test func continueOnFailReplacesOnlyTheFailingItem() async throws {
        let daemon = try await Shared.daemon.value
        let reply = try await daemon.run(
            "return {'r': 10 // _item['json']['n']}",
            items: "[{\"n\":5},{\"n\":0}]",
            mode: "each_item",
            continueOnFail: true
        )
        #expect(reply.outcome == "succeeded")
        #expect(reply.items.contains(#"{"json":{"r":2},"pairedItem":{"item":0}}"#))
        #expect(reply.items.contains(#""error":"#))
    }

    @Test func numbersAndTextSurviveExactly() async throws {
        let daemon = try await Shared.daemon.value
        let digits = String(repeating: "1234567890", count: 500)
        let items = "[{\"big\":\(digits),\"f\":0.1,\"e\":1e-320,\"s\":\"\\ud800 \\u0000 \u{1F600}\"}]"
        let reply = try await daemon.run("return _items", items: items)
        #expect(reply.text.contains(digits))
        #expect(reply.text.contains("\"f\":0.1,") || reply.text.contains("\"f\": 0.1,"))
        #expect(reply.text.contains("\\ud800"))
        #expect(reply.text.contains("1e-320"))
    }

    @Test func twoTasksNeverSeeEachOther() async throws {
        let daemon = try await Shared.daemon.value
        let poison = """
            import json, re, collections, random
            json.dumps = lambda *a, **k: 'poisoned'
            collections.OrderedDict.poison = True
            random.seed(1)
            re.compile = None
            global shared
            shared = 'poisoned'
            class Probe: pass
            print.__doc__
            return [{'r': random.random()}]
            """
        let probe = """
            import json, re, collections, random
            try:
                shared
                leaked = True
            except NameError:
                leaked = False
            return [{'dumps': json.dumps([1]), 'attr': hasattr(collections.OrderedDict, 'poison'),
                     're': bool(re.compile('a').match('a')), 'leaked': leaked, 'r': random.random()}]
            """
        let clean = try await daemon.run(probe)
        #expect(clean.items.contains(#""attr":false,"dumps":"[1]","leaked":false"#), "\(clean.text)")
        var draws: Set<String> = []
        for _ in 0..<5 {
            _ = try await daemon.run(poison)
            let after = try await daemon.run(probe)
            #expect(after.items.contains(#""attr":false,"dumps":"[1]","leaked":false"#), "\(after.text)")
            #expect(after.items.contains(#""re":true"#))
            draws.insert(after.items)
        }
        #expect(draws.count == 5, "tasks drew the same random numbers")
    }

    @Test func aCheckRunsNothingAndListsEveryViolation() async throws {
        let daemon = try await Shared.daemon.value
        let body = try JSONSerialization.data(withJSONObject: [
            "code": "import os\nimport socket\nprint('ran')\nopen('x')"
        ])
        let reply = try await daemon.request("POST", "/v1/check", body: body)
        #expect(reply.status == 200)
        let violations = reply.json["violations"] as? [[String: Any]] ?? []
        #expect(violations.compactMap { $0["line"] as? Int } == [1, 2, 4])
        #expect(reply.json["hints"] is [Any])
    }
}
