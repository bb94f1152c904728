import Foundation
import Synchronization
import TestSupport
import Testing

/// Tasks that use up whatever they can get, in the real daemon. Each ends in its right outcome; meanwhile the daemon answers
/// its health check, and another task runs.
@Suite(
    .serialized,
    .enabled(if: FileManager.default.isExecutableFile(atPath: Programs.worker), "the programs are not built")
)
struct ResourceAttackTests {
    struct Attack: Sendable, CustomTestStringConvertible {
        var name: String
        var code: String
        /// The outcomes that are right.
        var outcomes: Set<String>
        /// What the items must show, where the task is to survive its own attack.
        var items: String?

        var testDescription: String { self.name }
    }

    static let attacks = [
        Attack(
            name: "memory bomb",
            code: "x = []\nwhile True: x.append(bytearray(1 << 22))",
            outcomes: ["memory_exceeded"]
        ),
        Attack(
            name: "memory doubled until it is gone",
            code: "x = b'x'\nwhile True: x += x",
            outcomes: ["memory_exceeded"]
        ),
        Attack(
            name: "thread bomb",
            code: """
                import threading, time
                n = 0
                try:
                    while n < 100000:
                        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
                        n += 1
                except (RuntimeError, MemoryError):
                    return {"stopped": n < 1000}
                return {"stopped": False}
                """,
            outcomes: ["succeeded", "memory_exceeded"],
            items: #"[{"json":{"stopped":true}}]"#
        ),
        Attack(
            name: "fork bomb",
            code: """
                import os
                refused = 0
                for _ in range(1000):
                    try:
                        os.fork()
                    except PermissionError:
                        refused += 1
                return {"refused": refused}
                """,
            outcomes: [libraryBlocksSignals ? "worker_died" : "succeeded"],
            items: #"[{"json":{"refused":1000}}]"#
        ),
        Attack(
            name: "descriptor flood",
            code: """
                import os
                n = 0
                try:
                    while True:
                        os.dup(0)
                        n += 1
                except OSError as error:
                    return {"few": n < 64, "error": error.errno}
                """,
            outcomes: ["succeeded"],
            items: #"[{"json":{"error":24,"few":true}}]"#
        ),
        Attack(
            name: "output without end",
            code: "line = 'x' * 1000000\nwhile True: print(line)",
            outcomes: ["timed_out"]
        ),
        Attack(
            name: "output around the runtime",
            code: "import os\ndata = b'x' * 1000000\nwhile True: os.write(3, data)",
            outcomes: ["output_exceeded", "worker_died"]
        ),
        Attack(
            name: "recursion in Python",
            code: "def f(n): return f(n + 1)\nreturn f(0)",
            outcomes: ["python_error"]
        ),
        Attack(
            name: "recursion in C",
            code: "x = None\nfor _ in range(2000000): x = filter(None, x or ())\ndel x",
            outcomes: ["worker_died", "succeeded", "python_error", "memory_exceeded", "timed_out"]
        ),
        Attack(
            name: "a regular expression that backtracks for ever",
            code: "import re\nre.match('(a+)+$', 'a' * 64 + 'b')",
            outcomes: ["timed_out"]
        ),
        Attack(name: "a number without end", code: "x = 9**9**9", outcomes: ["timed_out", "memory_exceeded"]),
        Attack(
            name: "deaf to every signal",
            code: """
                import signal
                for number in range(1, 65):
                    try:
                        signal.signal(number, signal.SIG_IGN)
                    except (OSError, ValueError):
                        pass
                signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
                while True: pass
                """,
            outcomes: ["timed_out"]
        ),
    ]

    private static let daemon = Task {
        try await Daemon.start([
            "TERRARIUM_STDLIB_ALLOW": "*",
            "TERRARIUM_BUILTINS_DENY": "input",
            "TERRARIUM_TASK_TIMEOUT": "300",
            "TERRARIUM_MEMORY_LIMIT": "128M",
            "TERRARIUM_LOG_LIMIT": "64K",
        ])
    }

    @Test(arguments: attacks) func anAttackEndsRightAndNobodyElseNotices(_ attack: Attack) async throws {
        let daemon = try await Self.daemon.value
        let isOver = Flag()
        async let attacked = {
            defer { isOver.value.store(true, ordering: .relaxed) }
            // Only an attack that has no end of its own is stopped: how long the others take depends on the machine.
            return try await daemon.run(attack.code, timeout: attack.outcomes.contains("timed_out") ? 2000 : nil)
        }()

        // How long they take is what `make soak` looks at.
        repeat {
            #expect(try await daemon.request("GET", "/healthz").status == 200)
            let reply = try await daemon.run("return {'fine': 1}")
            #expect(reply.json["outcome"] as? String == "succeeded", "\(reply.text)")
        } while !isOver.value.load(ordering: .relaxed)
        let reply = try await attacked
        let outcome = reply.json["outcome"] as? String ?? reply.text
        #expect(attack.outcomes.contains(outcome), "\(outcome): \(reply.text.prefix(500))")
        if let items = attack.items, outcome == "succeeded" {
            let data = try JSONSerialization.data(withJSONObject: reply.json["items"] ?? [], options: .sortedKeys)
            #expect(String(decoding: data, as: UTF8.self) == items)
        }
    }

    private final class Flag: Sendable {
        let value = Atomic(false)
    }
}
