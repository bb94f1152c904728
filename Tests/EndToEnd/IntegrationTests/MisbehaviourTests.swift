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

    /// Runs code that does not end by itself, and has it stopped while it runs.
    ///
    /// A worker has 250 ms to say where it was. On a machine that stands still for longer, one of the next may: only the last
    /// attempt is held to it.
    private func runUntilStopped(_ code: String) async throws -> UnixHTTPConnection.Reply {
        var reply = try await self.run(code, timeout: 2000)
        for _ in 0..<9 where reply.error["line"] == nil { reply = try await self.run(code, timeout: 2000) }
        return reply
    }

    @Test func aSegmentationFaultIsNamed() async throws {
        let reply = try await self.run("import ctypes\nprint('before')\nctypes.string_at(0)")
        #expect(reply.outcome == "worker_died")
        #expect(reply.message == "the worker was killed by SIGSEGV at line 3")
        #expect(reply.error["source_line"] as? String == "ctypes.string_at(0)")
        #expect((reply.error["traceback"] as? String)?.contains("line 3, in <module>") == true)
        #expect(reply.printed() == "before\n")
    }

    @Test func aStackThatIsUsedUpInCIsNamedWithItsLine() async throws {
        let reply = try await self.run(
            """
            x = iter(())
            for _ in range(500_000): x = filter(None, x)
            next(x)
            """
        )
        #expect(reply.outcome == "worker_died")
        #expect(reply.message == "the worker was killed by SIGSEGV at line 3")
    }

    @Test func whatADyingWorkerSaysOfItselfIsNotBelievedBeyondReason() async throws {
        let forged = """
            import os
            words = b'blocked: ' + b'x' * 500 + b'\\n' + b'  File "<task>", line 99999999999 in f\\n' * 100_000
            os.write(3, bytes([0,0,0,0,8,0,0,0]) + words)
            os.abort()
            """
        let reply = try await self.run(forged)
        #expect(reply.outcome == "worker_died")
        #expect(reply.message.count < 300, "\(reply.message.count)")
        #expect(reply.error["source_line"] == nil)
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
        // Seconds of work where everything is built for debugging, and half a minute of them on a busy machine.
        let code = "for i in range(1_000_000): print('line', i)\nreturn [{'done': 1}]"
        let reply = try await self.run(code)
        #expect(reply.outcome == "succeeded")
        #expect(reply.json["logs_truncated"] as? Bool == true)
        #expect(reply.printed().hasPrefix("line 0\nline 1\n"))
        #expect(reply.printed().contains("TERRARIUM_LOG_LIMIT"))
        #expect(reply.printed().utf8.count < 1_100_000)
    }

    @Test func aTaskThatSleepsTooLongSaysWhereItWaited() async throws {
        let reply = try await self.runUntilStopped("import time\nprint('x')\ntime.sleep(600)")
        #expect(reply.outcome == "timed_out")
        #expect(reply.message.contains("waiting at line 3"), "\(reply.message)")
        #expect(reply.error["source_line"] as? String == "time.sleep(600)")
        #expect(reply.printed() == "x\n")
        #expect((reply.usage["wall_ms"] as? Double ?? 600_000) < 600_000)
    }

    @Test func aTaskThatCatchesEverythingIsStoppedAllTheSame() async throws {
        let code = "while True:\n    try:\n        while True: pass\n    except BaseException:\n        pass"
        let reply = try await self.runUntilStopped(code)
        #expect(reply.outcome == "timed_out")
        #expect(reply.message.contains("at line 3"), "\(reply.message)")
    }

    @Test func aTaskStuckInsideCSaysWhereToo() async throws {
        let reply = try await self.runUntilStopped("x = 1\ny = 9**9**9")
        #expect(reply.outcome == "timed_out")
        #expect(reply.error["line"] as? Int == 2)
    }

    @Test func tooMuchMemoryIsMemoryExceeded() async throws {
        let reply = try await self.run("x = []\nwhile True: x.append(bytearray(10_000_000))")
        #expect(reply.outcome == "memory_exceeded")
        #expect(reply.error["line"] as? Int == 2)
        #expect(reply.error["type"] as? String == "MemoryError")
        let figure = try Regex("^memory: 2[45][0-9] MiB of 256 MiB in use \\(TERRARIUM_MEMORY_LIMIT\\): MemoryError")
        #expect(try figure.firstMatch(in: reply.message) != nil, "\(reply.message)")
    }

    @Test func onePieceLargerThanTheLimitSaysThatLittleWasInUse() async throws {
        let reply = try await self.run("x = bytearray(1 << 30)")
        #expect(reply.outcome == "memory_exceeded")
        #expect(reply.message.hasPrefix("memory: the limit is 256 MiB (TERRARIUM_MEMORY_LIMIT): "), "\(reply.message)")
    }

    /// The control is code whose nesting is too deep for the parser, which also ends with a MemoryError inside CPython.
    @Test func tooMuchMemoryInTheCompilerIsCalledThat() async throws {
        let many = try await self.run("return {'x': [\(String(repeating: "{},", count: 400_000))]}")
        #expect(many.outcome == "memory_exceeded", "\(many.outcome): \(many.message)")
        #expect(many.message.contains("out of memory while compiling"), "\(many.message)")
        let deep = try await self.run("x = \(String(repeating: "-", count: 20_000))1")
        #expect(deep.outcome == "syntax_error" && deep.message.contains("nested too deeply"), "\(deep.message)")
    }

    /// Code in C that does not cope with a failed allocation: Python could raise nothing.
    @Test(arguments: [true, false]) func anAbortForWantOfMemoryIsToldFromAnother(isShort: Bool) async throws {
        let reply = try await self.run(
            """
            import ctypes
            c = ctypes.CDLL(None)
            c.malloc.restype = ctypes.c_void_p
            while \(isShort ? "True" : "False") and c.malloc(1 << 20): pass
            c.abort()
            """
        )
        #expect(reply.outcome == (isShort ? "memory_exceeded" : "worker_died"))
        let prefix = isShort ? "memory: 256 MiB of 256 MiB in use (TERRARIUM_MEMORY_LIMIT): " : ""
        #expect(reply.message == prefix + "the worker was killed by SIGABRT at line 5")
    }

    /// Also in the middle of a print, which is finished first.
    @Test(arguments: ["pass", "print('x' * 10_000)"]) func usedUpProcessorTimeSaysWhere(_ work: String) async throws {
        let daemon = try await Daemon.start(["TERRARIUM_CPU_LIMIT": "4", "TERRARIUM_TASK_TIMEOUT": "600"])
        let reply = try await daemon.run("y = 1\nwhile True: \(work)")
        #expect(reply.outcome == "timed_out")
        let limit = "the CPU time limit of 4 s (TERRARIUM_CPU_LIMIT) was reached; CPU time used: 4"
        #expect(reply.message.hasPrefix(limit), "\(reply.message)")
        #expect(reply.message.hasSuffix(" s; the code was running at line 2"), "\(reply.message)")
        // The limit counts what the worker used to get ready, the figure does not.
        #expect((reply.usage["cpu_ms"] as? Double ?? 0) > 500)
    }

    @Test func deepRecursionIsAnOrdinaryError() async throws {
        let reply = try await self.run("def f(): return f()\nreturn f()")
        #expect(reply.outcome == "python_error")
        #expect(reply.error["type"] as? String == "RecursionError")
    }

    @Test func aWorkerThatWritesNonsenseToItsSocketIsRefused() async throws {
        let reply = try await self.run("import os\nos.write(3, b'\\xff' * 100)\nreturn []")
        #expect(reply.outcome == "worker_died")
        let forged = "import os\nos.write(3, bytes([42,0,0,0,5,0,0,0]) + bytes(40) + b'{}')\nreturn []"
        #expect(try await self.run(forged).outcome == "worker_died")
    }

    @Test func aForgedResultIsTheTasksOwnAndNothingElse() async throws {
        let forged = "import os\nos.write(3, bytes([42,0,0,0,5,0,0,0]) + bytes(40) + b'[]')\nos._exit(1)"
        let reply = try await self.run(forged)
        #expect(reply.outcome == "succeeded")
        #expect(reply.items == "[]")
    }

    @Test func aRefusedSystemCallIsNamed() async throws {
        let reply = try await self.run("import socket\nsocket.socket(socket.AF_INET)")
        #expect(reply.error["type"] as? String == "PermissionError")
        #expect(reply.message.contains("blocked: socket(AF_INET) refused by seccomp"), "\(reply.message)")
    }

    /// Only what the kernel answered is explained by what it refused.
    @Test func anErrorOfTheAuthorsOwnIsNotBlamedOnARefusal() async throws {
        let refused = "import socket\ntry: socket.socket(socket.AF_INET)\nexcept OSError: pass\n"
        for own in ["'you may not edit this record'", "13, 'Permission denied'"] {
            let reply = try await self.run(refused + "raise PermissionError(\(own))")
            #expect(reply.error["type"] as? String == "PermissionError")
            #expect(!reply.message.contains("seccomp"), "\(reply.message)")
        }
        // The control: the call was refused.
        let reply = try await self.run("import socket\nsocket.socket(socket.AF_INET)")
        #expect(reply.message.contains("seccomp"), "\(reply.message)")
    }

    /// As docs/policy.md says: the loop of a task needs no sockets. The controls are CPython's own loop, which needs what no worker
    /// gets, and a connection.
    @Test func anEventLoopRunsWithoutSockets() async throws {
        let code = """
            import asyncio, time
            async def work(n, queue):
                await asyncio.sleep(0.02 * n)
                await queue.put(n)
                return n
            async def main():
                queue = asyncio.Queue()
                made = await asyncio.gather(*(work(n, queue) for n in (3, 1, 2)))
                order = [queue.get_nowait() for _ in made]
                slow = await asyncio.to_thread(lambda: time.sleep(0.02) or "thread")
                try:
                    await asyncio.wait_for(asyncio.sleep(60), 0.01)
                except TimeoutError:
                    late = True
                return {"made": made, "order": order, "slow": slow, "late": late}
            return asyncio.run(main())
            """
        let reply = try await self.run(code)
        #expect(
            reply.items == #"[{"json":{"late":true,"made":[3,1,2],"order":[1,2,3],"slow":"thread"}}]"#,
            "\(reply.text)"
        )
        #expect((reply.json["logs"] as? [Any])?.isEmpty == true, "\(reply.text)")
        let own = try await self.run("import asyncio\nasyncio.SelectorEventLoop()")
        #expect(own.message.contains("refused by seccomp"), "\(own.message)")
        let connection = try await self.run(
            "import asyncio\nasync def f(): await asyncio.open_connection('127.0.0.1', 80)\nasyncio.run(f())"
        )
        #expect(connection.outcome == "python_error", "\(connection.text)")
    }

    @Test func aCallThatEndsTheWorkerIsNamed() async throws {
        let reply = try await self.run("import ctypes\nctypes.CDLL(None).ptrace(0, 0, 0, 0)")
        #expect(reply.outcome == "worker_died")
        #expect(reply.message.contains("blocked: ptrace"), "\(reply.message)")
    }
}
