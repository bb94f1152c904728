import Client
import Foundation
import TestSupport
import Testing

@testable import Commands

/// The screens of `info`, `config`, `doctor` and `tasks` against the files in `Golden`, as in `ScreenTests`.
@Suite struct TableScreenTests {
    private static let info = """
        {"version":"0.9.0","python_version":"3.11.2","policy":{"revision":"1a2b3c4d5e6f","stdlib_allow":["@safe"],
        "external_allow":["größe"],"builtins_deny":["eval","exec","compile","open","input","breakpoint","globals",
        "locals","vars","memoryview","license","help","credits","copyright","exit","quit"]},
        "limits":{"max_concurrency":4,"queue_limit":100,"task_timeout_ms":60000},"sandbox":{"mode":"auto","layers":[
        {"name":"cgroup","active":false,"detail":"neither memory nor pids is among the controllers of \
        /sys/fs/cgroup/unified (hugetlb)"},{"name":"seccomp","active":true,"detail":"398 rules"}]},
        "pool":{"ready":true,"warm_workers":3},"load":{"ready":true,"uptime_ms":93784000,"n8n":null}}
        """

    private static let settings = [
        ["TERRARIUM_STDLIB_ALLOW", "/etc/terrarium/runner.conf, line 3", "@safe,zoneinfo"],
        [
            "TERRARIUM_BUILTINS_DENY", "default",
            "eval,exec,compile,open,input,breakpoint,globals,locals,vars,memoryview,license,help,credits,exit,quit",
        ],
        ["TERRARIUM_EXTERNAL_ALLOW", "environment, TERRARIUM_EXTERNAL_ALLOW", "größe"],
        ["TERRARIUM_SITE_PACKAGES", "default", ""],
        ["TERRARIUM_SOCKET", "default", "/run/terrarium/\(String(repeating: "long-", count: 18))/terrarium.sock"],
        ["TERRARIUM_HEALTH_CHECK_SERVER_ENABLED", "default", "false"],
    ]

    private static func doctor(_ screen: Screen) -> String {
        let cgroup = "neither memory nor pids is among the controllers of /sys/fs/cgroup/unified (hugetlb)"
        let remedy = "Delegate=yes in the service's unit, on a system with the unified hierarchy"
        let features = [["identity", "yes", "runs as root", ""], ["cgroup", "no", cgroup, remedy]]
        let layers = [["cgroup", "no", cgroup], ["no_new_privileges", "yes", "no exec can give a privilege"]]
        let attempts = [
            ["open /etc/passwd", "stopped", "No such file or directory (ENOENT)", "mount_namespace, landlock"],
            [
                "wake a futex that processes share", "NOT STOPPED",
                "refused by seccomp: futex (shared between processes, or with priority inheritance)", "seccomp",
            ],
        ]
        return DoctorCommand.features(features, on: screen) + "\n" + DoctorCommand.layers(layers, on: screen) + "\n"
            + DoctorCommand.attempts(attempts, on: screen)
    }

    private static func texts(_ screen: Screen) throws -> [(name: String, text: String)] {
        [
            ("info", InfoCommand.text(try ScreenTests.tree(Self.info), on: screen)),
            ("config", ConfigCommand.table(Self.settings, on: screen)),
            ("doctor", Self.doctor(screen)),
            ("tasks", TasksCommand.table(Array(try ScreenTests.tasks().prefix(4)), on: screen)),
        ]
    }

    @Test func theScreensAreThoseOfTheFiles() throws {
        for (name, screen) in ScreenTests.screens {
            for (command, text) in try Self.texts(screen) { try ScreenTests.compare(text, "\(command)-\(name)") }
        }
    }

    @Test func noLineIsWiderThanTheTerminalAndWithoutUTF8AllIsASCII() throws {
        for (_, screen) in ScreenTests.screens where !screen.style.isColored {
            for (command, text) in try Self.texts(screen) {
                let widest = text.split(separator: "\n").map { TerminalText.width(String($0)) }.max() ?? 0
                #expect(widest <= screen.width ?? .max, "\(command): \(text)")
                // The control: without a terminal the lines are longer, and nothing is left out.
                #expect(screen.width != nil || command == "info" || widest > 80, "\(command)")
                #expect(screen.isUTF8 || text.utf8.allSatisfy { $0 < 0x80 }, "\(command): \(text)")
            }
        }
    }

    @Test func wrappedTablesKeepEveryWord() {
        let screen = Screen(width: 80, height: 24, style: .plain, isUTF8: true)
        let shown = ConfigCommand.table(Self.settings, on: screen)
        for value in Self.settings[1][2].split(separator: ",") { #expect(shown.contains(value), "\(value)") }
        #expect(!shown.contains("…"))
    }

    @Test(arguments: [
        ("", 5, [""]), ("ab cd", 5, ["ab cd"]), ("ab cd", 4, ["ab", "cd"]), ("a,b,c", 4, ["a,b,", "c"]),
        ("abcdef gh", 4, ["abcd", "ef", "gh"]), ("日本語", 4, ["日本", "語"]), ("a    b", 3, ["a", "b"]),
        ("日", 1, ["", "日"]), ("/ab/cde", 5, ["/ab/", "cde"]),
    ])
    func linesEndAfterBlanksCommasAndSlashes(text: String, width: Int, lines: [String]) {
        #expect(TerminalText.wrapped(text, to: width) == lines)
    }
}
