import Client
import Foundation
import TestSupport
import Testing

@testable import Commands

/// Screens against the files in `Golden`, which `TERRARIUM_WRITE_GOLDEN=1` rewrites: on a terminal of 80 cells and 24 lines with
/// and without colours, without UTF-8, in a pipe, and on a wide terminal.
@Suite struct ScreenTests {
    static let screens: [(name: String, screen: Screen)] = [
        ("80x24", Screen(width: 80, height: 24, style: .plain, isUTF8: true)),
        ("80x24-colour", Screen(width: 80, height: 24, style: TerminalStyle(isColored: true), isUTF8: true)),
        ("80x24-ascii", Screen(width: 80, height: 24, style: .plain, isUTF8: false)),
        ("pipe", Screen(width: nil, height: nil, style: .plain, isUTF8: true)),
        ("160x50", Screen(width: 160, height: 50, style: .plain, isUTF8: true)),
    ]

    static func tree(_ text: String) throws -> JSONTree { try JSONTree(Array(text.utf8)) }

    private static let info = """
        {"version":"0.9.0","python_version":"3.11.2","policy":{"revision":"1a2b3c4d5e6f"},
        "limits":{"max_concurrency":4,"queue_limit":100},"sandbox":{"mode":"auto","layers":[
        {"name":"user namespace","active":true,"detail":""},{"name":"seccomp","active":true,"detail":""},
        {"name":"control group","active":false,"detail":"none"}]},
        "pool":{"ready":true,"warm_workers":3,"starting_workers":1,"running_workers":2,"fork_servers":1},
        "load":{"ready":true,"uptime_ms":93784000,"running":2,"waiting":30,
        "n8n":{"connected":true,"registered":true,"tasks":1}}}
        """

    private static func id(_ number: Int) -> String {
        let digits = String(number * 0x1234567, radix: 16)
        return String(repeating: "0", count: 8 - min(8, digits.count)) + digits + String(repeating: "a", count: 24)
    }

    static func tasks() throws -> [JSONTree] {
        try (1...32).map { number in
            let isRunning = number <= 2
            let label = number == 1 ? "\"größte Rechnung \(String(repeating: "lang ", count: 20))\"" : "null"
            let used = isRunning ? ",\"cpu_ms\":\(number * 1500),\"rss_bytes\":\(number * 30_000_000)" : ""
            return try Self.tree(
                "{\"id\":\"\(Self.id(number))\",\"label\":\(label),\"state\":\"\(isRunning ? "running" : "queued")\","
                    + "\"mode\":\"all_items\",\"peer_uid\":1000,\"age_ms\":\(number * 3100)\(used)}"
            )
        }
    }

    private static func ended() throws -> [JSONTree] {
        let usage = #""usage":{"queued_ms":0.1,"wall_ms":12.34,"cpu_ms":11.5,"max_rss_bytes":14680064}"#
        let long = String(repeating: "x", count: 120)
        let rows = [
            #""label":"import","outcome":"python_error","error":{"message":"'price'","type":"KeyError","line":3}"#,
            #""label":null,"outcome":"timed_out","error":{"message":"the task ran longer than 60 s","line":7}"#,
            #""label":"Zähler","outcome":"invalid_result","error":{"message":"element 2 is a set: \#(long)","item_index":4}"#,
            #""label":"ok","outcome":"succeeded""#,
        ]
        return try rows.enumerated().map { index, row in
            try Self.tree(
                "{\"number\":\(index + 1),\"id\":\"\(Self.id(index + 50))\",\"mode\":\"each_item\",\"peer_uid\":1000,"
                    + "\"ended_at_ms\":\(1_790_000_000_000 + index * 61_000),\(usage),\(row)}"
            )
        }
    }

    /// Compares a text with its file, or writes the file.
    static func compare(_ text: String, _ name: String) throws {
        let path = "\(Programs.package)/Tests/CommandLine/CommandsTests/Golden/\(name).txt"
        if ProcessInfo.processInfo.environment["TERRARIUM_WRITE_GOLDEN"] != nil {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        }
        let golden = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text == golden, "\(name)")
    }

    @Test func theStatus() throws {
        let report = StatusReport(
            info: try Self.tree(Self.info),
            tasks: try Self.tasks(),
            failures: Array(try Self.ended().prefix(3)),
            now: 1_790_000_200_000
        )
        for (name, screen) in Self.screens { try Self.compare(report.text(on: screen), "status-\(name)") }
    }

    @Test func theStatusOfAServiceThatRestsAndIsNotReady() throws {
        let info = Self.info.replacing(#""load":{"ready":true"#, with: #""load":{"ready":false"#)
            .replacing(#"{"connected":true,"registered":true,"tasks":1}"#, with: "null")
        let report = StatusReport(info: try Self.tree(info), tasks: [], failures: [], now: 0)
        try Self.compare(report.text(on: Self.screens[0].screen), "status-empty-80x24")
    }

    @Test func theTop() throws {
        let tasks = try Self.tasks()
        let report = TopReport(info: try Self.tree(Self.info), tasks: tasks, before: [:])
        for (name, screen) in Self.screens { try Self.compare(report.text(on: screen), "top-\(name)") }
    }

    @Test func theLogs() throws {
        for (name, screen) in Self.screens {
            let lines = try Self.ended().map { screen.cut(HistoryText.line($0, screen)) + "\n" }.joined()
            let one = HistoryText.details(try Self.ended()[0], screen)
            try Self.compare(lines + "\n" + one, "logs-\(name)")
        }
    }

    @Test func nothingIsWiderOrLongerThanTheTerminal() throws {
        let report = StatusReport(
            info: try Self.tree(Self.info),
            tasks: try Self.tasks(),
            failures: try Self.ended(),
            now: 1_790_000_200_000
        )
        let top = TopReport(info: report.info, tasks: report.tasks, before: [:])
        for (width, height) in [(80, 24), (40, 16), (160, 50)] {
            let screen = Screen(width: width, height: height, style: .plain, isUTF8: true)
            for text in [report.text(on: screen), top.text(on: screen)] {
                let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                #expect(lines.count < height, "\(text)")
                #expect(lines.allSatisfy { TerminalText.width(String($0)) <= width }, "\(text)")
            }
        }
    }

    @Test func theShareOfAProcessorIsThatSinceTheScreenBefore() throws {
        func task(_ cpu: Int, _ age: Int) throws -> JSONTree {
            try Self.tree(#"{"id":"x","state":"running","cpu_ms":\#(cpu),"age_ms":\#(age)}"#)
        }
        let screen = Self.screens[3].screen
        let first = TopReport(info: .null, tasks: [try task(500, 1000)], before: [:])
        #expect(first.text(on: screen).contains("  50  "), "\(first.text(on: screen))")
        let next = TopReport(info: .null, tasks: [try task(2000, 3000)], before: ["x": try task(500, 1000)])
        #expect(next.text(on: screen).contains("  75  "), "\(next.text(on: screen))")
    }

    @Test(arguments: [("1e300", "100000"), ("-1e300", "0")])
    func aShareOfAnySizeIsCut(cpu: String, shown: String) throws {
        let task = try Self.tree(#"{"id":"x","state":"running","cpu_ms":\#(cpu),"age_ms":1}"#)
        let text = TopReport(info: .null, tasks: [task], before: [:]).text(on: Self.screens[3].screen)
        #expect(text.contains("  \(shown)  "), "\(text)")
    }

    @Test(arguments: ["1e400", "-1e400", "1e300", "\(Int.max)", "\(Int.min)", "0"])
    func aNumberOfAnySizeIsShown(number: String) throws {
        let task = try Self.tree(
            #"{"id":"x","peer_uid":\#(number),"age_ms":\#(number),"cpu_ms":\#(number),"rss_bytes":\#(number),"#
                + #""ended_at_ms":\#(number),"error":{"line":\#(number),"item_index":\#(number),"message":"m"}}"#
        )
        let info = try Self.tree(#"{"load":{"uptime_ms":\#(number),"running":\#(number),"n8n":{"tasks":\#(number)}}}"#)
        let screen = Self.screens[0].screen
        let before = ["x": try Self.tree(#"{"cpu_ms":-1e400,"age_ms":-1e400}"#)]
        for before in [[:], before] {
            #expect(TopReport(info: info, tasks: [task], before: before).text(on: screen).contains("slots in use"))
        }
        let status = StatusReport(info: info, tasks: [task], failures: [task], now: HumanText.now)
        #expect(status.text(on: screen).contains("failed lately: 1"))
        #expect(HistoryText.details(task, screen).contains("id       x"))
    }

    @Test(arguments: [
        (["LANG": "de_DE.UTF-8"], true), (["LC_ALL": "C.utf8"], true), (["LANG": "C"], false), ([:], true),
        (["LC_ALL": "", "LANG": "POSIX"], false), (["LC_ALL": "C", "LANG": "de_DE.UTF-8"], false),
    ])
    func theLocaleSaysWhetherThereIsUTF8(environment: [String: String], isUTF8: Bool) {
        #expect(Screen.isUTF8(environment) == isUTF8)
    }

    @Test(arguments: [
        (0, "0 s"), (59, "59 s"), (60, "1 m 0 s"), (3599, "59 m 59 s"), (3600, "1 h 0 m"), (86399, "23 h 59 m"),
        (86400, "1 d 0 h"), (-5, "0 s"),
    ])
    func timesHaveTwoUnits(seconds: Int, text: String) {
        #expect(HumanText.time(.seconds(seconds)) == text)
    }

    @Test func aScreenThatIsRepeatedErasesTheOneBefore() {
        #expect(Watch.replacing("a\nb\n") == "\u{1B}[Ha\u{1B}[K\nb\u{1B}[K\n\u{1B}[J")
        #expect(HumanText.clock(1_790_000_000_999) == "2026-09-21T14:13:20Z")
    }
}
