import Foundation
import TestSupport
import Testing

/// What `terrarium run` writes where, against a real service.
@Suite struct RunOptionsTests {
    private static let daemon = Task { try await Daemon.start() }

    private func run(
        _ arguments: String...,
        environment: [String: String] = [:]
    ) async throws -> Programs.Finished {
        let socket = ["TERRARIUM_SOCKET": try await Self.daemon.value.socketPath]
        return try await Programs.run(
            Programs.terrarium,
            ["run"] + arguments,
            environment: socket.merging(environment) { $1 }
        )
    }

    private static func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func theWholeResponseIsOneLineOfJSON() async throws {
        let fine = try await self.run("-c", "print('hi')\nreturn {'a': 1}", "--format", "full")
        #expect(fine.status == 0 && fine.output.split(separator: "\n").count == 1)
        let response = try Self.object(fine.output)
        #expect(response["outcome"] as? String == "succeeded" && response["event"] == nil)
        #expect((response["logs"] as? [[String: String]])?.first?["text"] == "hi\n")
        let failed = try await self.run("-c", "return 5", "--format", "full")
        #expect(failed.status == 1)
        #expect(try Self.object(failed.output)["outcome"] as? String == "invalid_result")
        // The control: other formats write nothing for a failed task.
        #expect(try await self.run("-c", "return 5").output.isEmpty)
    }

    @Test func quietLeavesOnlyErrors() async throws {
        let loud = try await self.run("-c", "print('hi')")
        #expect(loud.errors.hasPrefix("hi\nnote: the code has no return"), "\(loud.errors)")
        let quiet = try await self.run("-c", "print('hi')", "--quiet")
        #expect(quiet.status == 0 && quiet.errors.isEmpty && quiet.output == "[]\n")
        let failed = try await self.run("-q", "-c", "print('hi')\nreturn 5")
        #expect(failed.errors.hasPrefix("error: "), "\(failed.errors)")
        #expect(try await self.run("-q", "-v", "-c", "return 5").status == 2)
    }

    @Test func verboseSaysWhatTheTaskTook() async throws {
        let verbose = try await self.run("-v", "-c", "return []")
        #expect(verbose.errors.hasPrefix("note: task "), "\(verbose.errors)")
        #expect(verbose.errors.contains(" succeeded in ") && verbose.errors.contains(" MB of memory"))
        #expect(try await self.run("-c", "return []").errors.isEmpty)
    }

    @Test func aTimeoutBeyondTheServicesOwnIsNoted() async throws {
        let capped = try await self.run("-c", "return []", "--timeout", "1h")
        let note = "note: the service ends tasks after 60 s (TERRARIUM_TASK_TIMEOUT), which is less than --timeout\n"
        #expect(capped.status == 0 && capped.errors == note, "\(capped.errors)")
        // Controls: one that is allowed, and a quiet one.
        #expect(try await self.run("-c", "return []", "--timeout", "60s").errors.isEmpty)
        #expect(try await self.run("-q", "-c", "return []", "--timeout", "1h").errors.isEmpty)
    }

    @Test func coloursCanBeForcedIntoAPipe() async throws {
        let forced = try await self.run("-c", "return 5", environment: ["CLICOLOR_FORCE": "1"])
        #expect(forced.errors.hasPrefix("\u{1B}[1;31merror:\u{1B}[0m "), "\(forced.errors)")
        #expect(try await self.run("-c", "return 5").errors.hasPrefix("error: "))
    }

    @Test func aTerminalShowsForHowLongATaskTakes() async throws {
        let script = "'\(Programs.terrarium)' run -c 'import time; time.sleep(4)'"
        let shown = try await Programs.run(
            "/usr/bin/script",
            ["-qec", script, "/dev/null"],
            environment: [
                "TERRARIUM_SOCKET": try await Self.daemon.value.socketPath, "TERM": "xterm", "SHELL": "/bin/sh",
            ]
        )
        #expect(shown.output.contains("\r\u{1B}[Kwaiting for the result, "), "\(shown.output)")
        #expect(shown.output.contains("\r\u{1B}[K[]"), "it is erased before the result: \(shown.output)")
        // The control: nothing of it in a pipe.
        let piped = try await self.run("-c", "import time; time.sleep(4); return []")
        #expect(piped.errors.isEmpty, "\(piped.errors)")
    }

    @Test func aTerminalShowsProgressAndColours() async throws {
        let socket = try await Self.daemon.value.socketPath
        // Each item waits, so that the worker reports progress between them.
        let code = "import time; time.sleep(0.1); return {}"
        let script = "'\(Programs.terrarium)' run --each -c '\(code)' --items items.json"
        let folder = try ScratchFolder()
        _ = try folder.file("items.json", "[{}, {}, {}]")
        let shown = try await Programs.run(
            "/usr/bin/script",
            ["-qec", script, "/dev/null"],
            environment: ["TERRARIUM_SOCKET": socket, "TERM": "xterm", "SHELL": "/bin/sh"],
            folder: folder.path
        )
        #expect(shown.output.contains("\r\u{1B}[K1 of 3 items"), "\(shown.output)")
        // Controls: none when it is quiet, and none without a terminal.
        let quiet = try await Programs.run(
            "/usr/bin/script",
            ["-qec", script + " -q", "/dev/null"],
            environment: ["TERRARIUM_SOCKET": socket, "TERM": "xterm", "SHELL": "/bin/sh"],
            folder: folder.path
        )
        #expect(!quiet.output.contains("of 3 items"), "\(quiet.output)")
        let piped = try await self.run("--each", "-c", code, "--items", "\(folder.path)/items.json")
        #expect(piped.status == 0 && piped.errors.isEmpty, "\(piped.errors)")
    }
}
