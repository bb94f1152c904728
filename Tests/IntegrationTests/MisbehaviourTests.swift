import Foundation
import TestSupport
import Testing

/// Tasks that do their worst, each followed by one that must not notice.
@Suite(.serialized) struct MisbehaviourTests {
    private func run(_ code: String, timeout: Int? = nil) async throws -> UnixHTTPConnection.Reply {
        let daemon = try await Shared.permissive.value
        let reply = try await daemon.run(code, timeout: timeout)
        let next = try await daemon.run("return [{'fine': True}]")
        #expect(next.items == #"[{"json":{"fine":true}}]"#, "the next task was affected: \(next.text)")
        return reply
    }

    @Test func aSegmentationFaultIsNamed() async throws {
        let reply = try await self.run("import ctypes\nprint('before')\nctypes.string_at(0)")
        #expect(reply.outcome == "worker_died")
        #expect(reply.message.contains("SIGSEGV"))
        #expect(reply.printed() == "before\n")
    }

    @Test func endingTheProcessIsNamed() async throws {
        let reply = try await self.run("import os\nos._exit(3)")
        #expect(reply.outcome == "worker_died")
        #expect(reply.message.contains("exit status 3"))
    }

    @Test func systemExitIsAPythonError() async throws {
        let reply = try await self.run("import sys\nsys.exit(0)")
        #expect(reply.outcome == "python_error")
        #expect(reply.error["type"] as? String == "SystemExit")
    }

    @Test func fiftyMegabytesComeBackWhole() async throws {
        let reply = try await self.run("return [{'blob': 'x' * 50_000_000}]")
        #expect(reply.outcome == "succeeded")
        #expect(reply.body.count > 50_000_000)
    }

    @Test func aResultOverTheLimitIsOutputExceeded() async throws {
        let reply = try await self.run("return [{'blob': 'x' * 70_000_000}]")
        #expect(reply.outcome == "output_exceeded")
    }

    @Test func aMillionPrintsAreCutAndMarkedAndFailNothing() async throws {
        let reply = try await self.run("for i in range(1_000_000): print('line', i)\nreturn [{'done': 1}]")
        #expect(reply.outcome == "succeeded")
        #expect(reply.json["logs_truncated"] as? Bool == true)
        #expect(reply.printed().hasPrefix("line 0\nline 1\n"))
        #expect(reply.printed().contains("TERRARIUM_LOG_LIMIT"))
        #expect(reply.printed().utf8.count < 1_100_000)
    }

    @Test func aTaskThatSleepsTooLongSaysWhereItWaited() async throws {
        let reply = try await self.run("import time\nprint('x')\ntime.sleep(30)", timeout: 300)
        #expect(reply.outcome == "timed_out")
        #expect(reply.message.contains("waiting at line 3"), "\(reply.message)")
        #expect(reply.error["source_line"] as? String == "time.sleep(30)")
        #expect(reply.printed() == "x\n")
        #expect((reply.usage["wall_ms"] as? Double ?? 9999) < 1500)
    }

    @Test func aTaskThatCatchesEverythingIsStoppedAllTheSame() async throws {
        let code = "while True:\n    try:\n        while True: pass\n    except BaseException:\n        pass"
        let reply = try await self.run(code, timeout: 300)
        #expect(reply.outcome == "timed_out")
        #expect(reply.message.contains("at line 3"), "\(reply.message)")
    }

    @Test func aTaskStuckInsideCSaysWhereToo() async throws {
        let reply = try await self.run("x = 1\ny = 9**9**9", timeout: 300)
        #expect(reply.outcome == "timed_out")
        #expect(reply.error["line"] as? Int == 2)
    }

    @Test func tooMuchMemoryIsMemoryExceeded() async throws {
        let reply = try await self.run("x = []\nwhile True: x.append(bytearray(10_000_000))")
        #expect(reply.outcome == "memory_exceeded")
        #expect(reply.error["line"] as? Int == 2)
    }

    @Test func deepRecursionIsAnOrdinaryError() async throws {
        let reply = try await self.run("def f(): return f()\nreturn f()")
        #expect(reply.outcome == "python_error")
        #expect(reply.error["type"] as? String == "RecursionError")
    }

    @Test func aWorkerThatWritesNonsenseToItsSocketIsRefused() async throws {
        let reply = try await self.run("import os\nos.write(3, b'\\xff' * 100)\nreturn []")
        #expect(reply.outcome == "worker_died")
        let forged = "import os\nos.write(3, bytes([18,0,0,0,5,0,0,0]) + bytes(16) + b'{}')\nreturn []"
        #expect(try await self.run(forged).outcome == "worker_died")
    }

    @Test func aForgedResultIsTheTasksOwnAndNothingElse() async throws {
        let forged = "import os\nos.write(3, bytes([18,0,0,0,5,0,0,0]) + bytes(16) + b'[]')\nos._exit(1)"
        let reply = try await self.run(forged)
        #expect(reply.outcome == "succeeded")
        #expect(reply.items == "[]")
    }

    @Test func aRefusedSystemCallIsNamed() async throws {
        let reply = try await self.run("import socket\nsocket.socket(socket.AF_INET)")
        #expect(reply.error["type"] as? String == "PermissionError")
        #expect(reply.message.contains("blocked: socket(AF_INET) refused by seccomp"), "\(reply.message)")
    }

    @Test func aCallThatEndsTheWorkerIsNamed() async throws {
        let reply = try await self.run("import ctypes\nctypes.CDLL(None).ptrace(0, 0, 0, 0)")
        #expect(reply.outcome == "worker_died")
        #expect(reply.message.contains("blocked: ptrace"), "\(reply.message)")
    }
}
