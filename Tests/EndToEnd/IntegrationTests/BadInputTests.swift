import Foundation
import Glibc
import TestSupport
import Testing

/// What a client may send that is no task: refused with a clear word, and the next task runs.
@Suite struct BadInputTests {
    private func post(_ body: some Collection<UInt8>) async throws -> UnixHTTPConnection.Reply {
        let daemon = try await Shared.daemon.value
        let reply = try await daemon.request("POST", "/v1/run", body: Data(body))
        #expect(try await daemon.run("return [{'fine': True}]").outcome == "succeeded")
        return reply
    }

    @Test(arguments: [
        ("{\"code\": \"return []\",}", "byte"),
        ("[1, 2]", "object"),
        ("", "body"),
        ("{\"code\": \"return []\", \"colour\": 1}", "colour"),
        ("{\"code\": \"return []\", \"code\": \"x\"}", "code"),
        ("{\"code\": \"return []\", \"c\\u006fde\": \"x\"}", "code"),
        ("{\"code\": 5}", "code"),
        ("{\"items\": []}", "code"),
        ("{\"code\": \"\"}", "empty"),
        ("{\"code\": \"return []\", \"items\": {}}", "items"),
        ("{\"code\": \"return []\", \"items\": [{}, 3]}", "items[1]"),
        ("{\"code\": \"return []\", \"mode\": \"some\"}", "mode"),
        ("{\"code\": \"return []\", \"timeout_ms\": -1}", "timeout_ms"),
        ("{\"code\": \"return []\", \"continue_on_fail\": 1}", "continue_on_fail"),
    ])
    func aRequestThatIsNoTaskIsRefusedByName(body: String, word: String) async throws {
        let reply = try await self.post(body.utf8)
        #expect(reply.status == 400)
        #expect(reply.headers["content-type"] == "application/problem+json")
        #expect(reply.text.contains(word), "\(reply.text)")
    }

    @Test func aLineLongerThanAFrameIsNoReasonToDie() async throws {
        let daemon = try await Shared.permissive.value
        // JSON has lone surrogates only as escapes.
        let body = Data("{\"code\":\"a = '\(String(repeating: "x", count: 1_100_000))\\ud800'\"}".utf8)
        let reply = try await daemon.request("POST", "/v1/run", body: body)
        #expect(reply.outcome == "syntax_error", "\(reply.outcome) \(reply.message)")
        #expect(reply.message.contains("lone surrogate"))
        #expect((reply.error["source_line"] as? String)?.hasPrefix("a = 'xxx") == true)
    }

    @Test func malformedTextIsRefusedWithItsOffset() async throws {
        let reply = try await self.post("{\"code\": \"return []\", \"items\": [nul]}".utf8)
        #expect(reply.status == 400)
        #expect(reply.json["offset"] as? Int == 32, "\(reply.text)")
    }

    @Test func bytesThatAreNotUTF8AreRefused() async throws {
        let reply = try await self.post(Array("{\"code\": \"".utf8) + [0xFF, 0xFE] + Array("\"}".utf8))
        #expect(reply.status == 400)
    }

    @Test func itemsNestedTenThousandDeepAreRefused() async throws {
        let deep = String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
        let reply = try await self.post("{\"code\":\"return []\",\"items\":[{\"a\":\(deep)}]}".utf8)
        #expect(reply.status == 400)
        #expect(reply.text.contains("deeper than 1000 levels"))
    }

    @Test func aLoneSurrogateInTheCodeIsASyntaxErrorOnItsLine() async throws {
        let reply = try await self.post("{\"code\":\"x = 1\\ny = '\\ud800'\\nreturn []\"}".utf8)
        #expect(reply.outcome == "syntax_error")
        #expect(reply.error["line"] as? Int == 2)
    }

    @Test func fiveMegabytesOfCodeAreCompiled() async throws {
        let daemon = try await Shared.daemon.value
        let line = "x = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'\n"
        let code = String(repeating: "# \(line)", count: 5 << 20 / 94) + "return [{'ok': 1}]"
        let reply = try await daemon.run(code)
        #expect(reply.outcome == "succeeded", "\(reply.text.prefix(300))")
    }

    @Test func aBodyOverTheLimitIsRefusedBeforeItIsRead() async throws {
        let daemon = try await Daemon.start(["TERRARIUM_MAX_PAYLOAD": "10K"])
        try await offloaded {
            let connection = try daemon.connect()
            // Only the head is sent: the answer cannot have waited for a body.
            try connection.send(raw: Array("POST /v1/run HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n".utf8))
            #expect(try connection.receive().status == 413)
        }
        let fits = try await daemon.run("return [{'n': len(_items)}]", items: "[{}]")
        #expect(fits.outcome == "succeeded")
    }

    @Test func aPathThatIsTooLongForASocketIsNamed() async throws {
        let folder = try ScratchFolder()
        let path = "\(folder.path)/\(String(repeating: "s", count: 120))"
        let finished = try await Programs.run(
            Programs.terrarium,
            ["serve"],
            environment: ["TERRARIUM_SOCKET": path]
        )
        #expect(finished.status == 78)
        #expect(finished.errors.contains("107"), "\(finished.errors)")
    }

    @Test func whatIsNoSocketIsNotRemoved() async throws {
        let folder = try ScratchFolder()
        let path = try folder.file("precious", "text")
        let finished = try await Programs.run(
            Programs.terrarium,
            ["serve"],
            environment: ["TERRARIUM_SOCKET": path]
        )
        #expect(finished.status != 0)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "text")
    }

    @Test(arguments: [
        (["TERRARIUM_TASK_TIMOUT": "5"], "TERRARIUM_TASK_TIMOUT"),
        (["TERRARIUM_TASK_TIMEOUT": "soon"], "soon"),
        (["TERRARIUM_STDLIB_ALLOW": "*,json"], "*"),
    ])
    func aBadSettingStopsTheStartAndNamesItself(environment: [String: String], word: String) async throws {
        let finished = try await Programs.run(Programs.terrarium, ["serve"], environment: environment)
        #expect(finished.status == 78)
        #expect(finished.errors.contains(word), "\(finished.errors)")
        #expect(finished.errors.split(separator: "\n").count == 1)
    }

    @Test(arguments: [
        (["run", "missing.py"], Int32(2), "missing.py"), (["run", "/"], 2, "directory"),
        (["run", "-c", "return []", "--items", "missing.json"], 2, "missing.json"),
        (["run", "-c", "return []", "--timeout", "soon"], 2, "soon"),
    ])
    func theCommandNamesWhatItCannotRead(arguments: [String], status: Int32, word: String) async throws {
        let finished = try await Programs.run(Programs.terrarium, arguments)
        #expect(finished.status == status, "\(finished.errors)")
        #expect(finished.errors.lowercased().contains(word), "\(finished.errors)")
        #expect(finished.output.isEmpty)
    }
}
