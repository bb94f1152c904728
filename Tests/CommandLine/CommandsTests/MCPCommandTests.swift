import Foundation
import TestSupport
import Testing

/// `terrarium mcp` against a real service, with clients in Python.
@Suite struct MCPCommandTests {
    private static let daemon = Task {
        try await Daemon.start(["TERRARIUM_TASK_TIMEOUT": "20", "TERRARIUM_MAX_CONCURRENCY": "20"])
    }
    /// Where scripts/bootstrap.sh installs the client library.
    private static let library = "\(Programs.package)/.build/test-mcp"

    private func check(_ arguments: String...) async throws -> Programs.Finished {
        let socket = try await Self.daemon.value.socketPath
        var environment = ["PYTHONPATH": Self.library, "PYTHONDONTWRITEBYTECODE": "1"]
        environment["TERRARIUM_MCP_SCHEMAS"] = ProcessInfo.processInfo.environment["TERRARIUM_MCP_SCHEMAS"]
        return try await Programs.run(
            "/usr/bin/python3",
            ["\(Programs.package)/Tests/EndToEnd/DocumentChecks/check_mcp.py", Programs.terrarium, socket] + arguments,
            environment: environment
        )
    }

    // One after the other: each waits until no task is left.
    @Test func clientsOfEveryVersionAreServedAndHostileOnesBounded() async throws {
        let checked = try await self.check()
        #expect(checked.status == 0, "\(checked.output)\(checked.errors)")
        #expect(checked.output.hasSuffix("well\n"))
        guard FileManager.default.fileExists(atPath: "\(Self.library)/mcp") else {
            return print("skipped: terrarium mcp with the client library, because the package mcp is not installed")
        }
        let library = try await self.check("library")
        #expect(library.status == 0, "\(library.output)\(library.errors)")
    }

    @Test func theToolWorksWithoutAService() async throws {
        let script = """
            import json, subprocess
            server = subprocess.Popen(["terrarium", "mcp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            call = {"name": "run_python", "arguments": {"code": "return {'n': 1}"}}
            server.stdin.write(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}).encode() + b"\\n")
            server.stdin.flush()
            print(json.loads(server.stdout.readline())["result"]["content"][0]["text"])
            server.stdin.close()
            print(server.wait(), server.stderr.read().decode())
            """
        let finished = try await Programs.run("/usr/bin/python3", ["-c", script], environment: Shell.environment)
        #expect(finished.output.hasPrefix("[\n{\"json\":{\"n\":1}}\n]\n\n0 note: no service is running"), "\(finished)")
    }
}
