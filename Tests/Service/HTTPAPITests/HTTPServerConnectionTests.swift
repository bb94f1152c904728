import Foundation
import ServiceLifecycle
import Tasks
import Testing

@testable import HTTPAPI

extension HTTPServerTests {
    /// What becomes of connections: streams, clients that go away, that are slow, that stay, and shutdown.
    @Suite struct Connections {
        static let run = RawClient.request("POST", "/v1/run", body: #"{"code":"x"}"#)
        private static let stream = RawClient.request(
            "POST",
            "/v1/run",
            body: #"{"code":"x","mode":"each_item"}"#,
            fields: "accept: application/x-ndjson\r\n"
        )

        @Test func eventsArriveAsTheyHappen() async throws {
            try await ServerFixture.with { server in
                let client = try await server.client()
                try await client.send(Self.stream)
                let task = await server.dispatcher.submission(0)
                let head = try await client.head()
                #expect(head.fields["content-type"] == "application/x-ndjson")
                #expect(try await client.chunk() == #"{"event":"accepted","id":"\#(task.id)"}"# + "\n")
                task.print("a\n")
                #expect(try await client.chunk() == #"{"event":"log","stream":"stdout","text":"a\n"}"# + "\n")
                task.print("b", to: .stderr)
                #expect(try await client.chunk() == #"{"event":"log","stream":"stderr","text":"b"}"# + "\n")
                task.observer.taskEmitted(.progress(done: 1, total: 3), task.id)
                #expect(try await client.chunk() == #"{"event":"progress","done":1,"total":3}"# + "\n")
                task.finish(#"[{"json":{}}]"#)
                var rest = ""
                while case let chunk = try await client.chunk(), !chunk.isEmpty { rest += chunk }
                #expect(
                    rest.hasPrefix(#"{"event":"result","id":"\#(task.id)","outcome":"succeeded","items":[{"json":{}}]"#)
                )
                #expect(rest.hasSuffix("}\n"))
                // The connection is good for more.
                try await client.send(RawClient.request("GET", "/healthz"))
                #expect(try await client.response().status == 200)
                await client.close()
            }
        }

        @Test func aStreamToAnOldClientEndsWithItsConnectionWhateverItAskedFor() async throws {
            try await ServerFixture.with { server in
                server.dispatcher.finishAtOnce()
                let client = try await server.client()
                func ask(_ fields: String) async throws -> RawClient.Response {
                    try await client.send(
                        "POST /v1/run HTTP/1.0\r\nconnection: keep-alive\r\ncontent-length: 12\r\n\(fields)\r\n"
                            + #"{"code":"x"}"#
                    )
                    return try await client.response()
                }
                // The control: a response with a length leaves it open.
                #expect(try await ask("").fields["connection"] == "keep-alive")
                let stream = try await ask("accept: application/x-ndjson\r\n")
                #expect(stream.fields["connection"] == "close")
                #expect(stream.body.split(separator: "\n").count == 2)
                #expect(try await client.isAtEnd())
                await client.close()
            }
        }

        @Test func aClientThatGoesAwayCancelsItsTask() async throws {
            try await ServerFixture.with { server in
                for (number, request) in [Self.run, Self.stream, Self.run + Self.run].enumerated() {
                    let client = try await server.client()
                    try await client.send(request)
                    let task = await server.dispatcher.submission(number)
                    #expect(!server.dispatcher.isCancelled(task.id))
                    await client.close()
                    await server.dispatcher.cancellation(of: task.id)
                    // Its outcome comes all the same, and goes nowhere.
                    task.print("late")
                    task.finish()
                }
                // What was sent ahead behind the third task died with its connection.
                #expect(try await server.request("GET", "/healthz").status == 200)
                #expect(server.dispatcher.submissionCount == 3)
            }
        }

        @Test func aClientThatOnlyStopsSendingGetsItsResponse() async throws {
            try await ServerFixture.with { server in
                let client = try await server.client()
                try await client.send(Self.run)
                let task = await server.dispatcher.submission(0)
                try await client.finishSending()
                // Another request passes, so that the end of input has been seen.
                #expect(try await server.request("GET", "/healthz").status == 200)
                task.finish(#"[{"a":1}]"#)
                #expect(try await client.response().body.contains(#"[{"a":1}]"#))
                #expect(try await client.isAtEnd())
                #expect(!server.dispatcher.isCancelled(task.id))
                await client.close()
            }
        }

        @Test func aClientThatDoesNotReadIsSentTheRestLater() async throws {
            try await ServerFixture.with { server in
                let client = try await server.client()
                try await client.send(Self.stream)
                let task = await server.dispatcher.submission(0)
                // Far more than the socket and the channel hold.
                let line = String(repeating: "x", count: 1023) + "\n"
                for _ in 0..<8192 { task.print(line) }
                task.finish()
                var count = 0
                _ = try await client.head()
                var text = ""
                while case let chunk = try await client.chunk(), !chunk.isEmpty { text += chunk }
                var lines = text.split(separator: "\n")
                let result = lines.removeLast()
                let first = lines.removeFirst()
                #expect(first.hasPrefix(#"{"event":"accepted""#))
                for line in lines {
                    let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
                    #expect(object?["event"] == "log")
                    count += object?["text"]?.utf8.count ?? 0
                }
                #expect(count == 8192 * 1024)
                #expect(result.utf8.count > 8192 * 1024)
                await client.close()
            }
        }

        @Test func aClientThatNeverReadsIsDropped() async throws {
            try await ServerFixture.with(ServerFixture.settings { $0.stallTimeout = .milliseconds(300) }) { server in
                let client = try await server.client()
                try await client.send(Self.stream)
                let task = await server.dispatcher.submission(0)
                for _ in 0..<4096 { task.print(String(repeating: "x", count: 1024)) }
                await server.dispatcher.cancellation(of: task.id)
                task.finish()
                await client.close()
            }
        }

        /// Reads a response of 8 MiB in pieces, with a pause behind each.
        private static func read(of settings: HTTPServerSettings, pause: Duration) async throws -> Int {
            try await ServerFixture.with(settings) { server in
                let client = try await server.client()
                try await client.send(Self.run)
                await server.dispatcher.submission(0).finish("[\"\(String(repeating: "x", count: 8 << 20))\"]")
                let length = try #require(try await client.head().fields["content-length"].flatMap { Int($0) })
                var count = 0
                while count < length, let piece = try? await client.piece(upTo: 64 << 10) {
                    count += piece
                    try await Task.sleep(for: pause)
                }
                await client.close()
                return length - count
            }
        }

        @Test(.timeLimit(.minutes(10))) func aClientThatReadsSlowlyIsDroppedAndOneThatReadsFastEnoughIsNot()
            async throws
        {
            // 16 MiB in each window, or all that is left: more than is read with these pauses in the first.
            let settings = ServerFixture.settings {
                $0.stallTimeout = .seconds(3)
                $0.minimumRate = 16 << 20
            }
            #expect(try await Self.read(of: settings, pause: .milliseconds(50)) > 0)
            // The control: the same client under a lower minimum gets all.
            let lower = ServerFixture.settings {
                $0.stallTimeout = .seconds(3)
                $0.minimumRate = 100
            }
            #expect(try await Self.read(of: lower, pause: .milliseconds(50)) == 0)
        }

        @Test(
            .timeLimit(.minutes(10)),
            arguments: [
                "POST /v1/run HTTP/1.1\r\ncontent-length: 1000\r\n\r\n", "GET /healthz HTTP/1.1\r\nx: ",
            ]
        ) func aRequestWhoseBytesDripIsGivenUpAtItsDeadline(start: String) async throws {
            let settings = ServerFixture.settings {
                $0.receiveTimeout = .milliseconds(500)
                $0.minimumRate = 1000
            }
            try await ServerFixture.with(settings) { server in
                let client = try await server.client()
                try await client.send(start)
                // Every byte comes in time, and all of them would take 20 seconds.
                let dripping = Task {
                    for _ in 0..<1000 {
                        try await client.send("x")
                        try await Task.sleep(for: .milliseconds(20))
                    }
                }
                #expect(try await client.response().status == 408)
                dripping.cancel()
                _ = try? await dripping.value
                await client.close()
            }
        }

        @Test func halfARequestIsGivenUpAndAnIdleConnectionIsNot() async throws {
            try await ServerFixture.with(ServerFixture.settings { $0.receiveTimeout = .milliseconds(300) }) { server in
                let idle = try await server.client()
                try await idle.send(RawClient.request("GET", "/healthz"))
                #expect(try await idle.response().status == 200)
                for part in ["POST /v1/run HTT", "POST /v1/run HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{"] {
                    let client = try await server.client()
                    try await client.send(part)
                    #expect(try await client.response().status == 408)
                    #expect(try await client.isAtEnd())
                    await client.close()
                }
                try await idle.send(RawClient.request("GET", "/healthz"))
                #expect(try await idle.response().status == 200)
                await idle.close()
            }
        }

        @Test func otherSettingsHoldForTheNextRequestOfAnOpenConnection() async throws {
            try await ServerFixture.with { server in
                server.dispatcher.finishAtOnce()
                let client = try await server.client()
                func status() async throws -> Int {
                    try await client.send(Self.run)
                    return try await client.response().status
                }
                #expect(try await status() == 200)
                server.server.apply(ServerFixture.settings { $0.maximumPayload = 3 })
                #expect(try await status() == 413)
                server.server.apply(ServerFixture.settings { $0.allowedUserIDs = [3_999_999_999] })
                #expect(try await status() == 403)
                server.server.apply(ServerFixture.settings { _ in })
                #expect(try await status() == 200)
                await client.close()
            }
        }

        @Test func aConnectionWithoutARequestIsClosedAndOneThatWaitsForItsTaskIsNot() async throws {
            try await ServerFixture.with(ServerFixture.settings { $0.idleTimeout = .seconds(3) }) { server in
                let waiting = try await server.client()
                try await waiting.send(Self.run)
                let task = await server.dispatcher.submission(0)
                let silent = try await server.client()
                let used = try await server.client()
                try await used.send(RawClient.request("GET", "/healthz"))
                #expect(try await used.response().fields["connection"] == nil)
                #expect(try await used.isAtEnd())
                #expect(try await silent.isAtEnd())
                task.finish()
                #expect(try await waiting.response().status == 200)
                #expect(try await waiting.isAtEnd())
                for client in [waiting, silent, used] { await client.close() }
            }
        }

        @Test(.timeLimit(.minutes(10))) func aUserWithItsShareOfTheConnectionsIsToldSo() async throws {
            let settings = ServerFixture.settings {
                $0.maximumConnections = 4
                $0.lingerTimeout = .seconds(3)
            }
            try await ServerFixture.with(settings) { server in
                let seated = [try await server.client(), try await server.client()]
                for client in seated {
                    try await client.send(RawClient.request("GET", "/healthz"))
                    #expect(try await client.response().status == 200)
                }
                let late = try await server.client()
                try await late.send(RawClient.request("GET", "/healthz"))
                let response = try await late.response()
                #expect(response.status == 429)
                #expect(response.fields["connection"] == "close")
                #expect(response.fields["retry-after"] == "1")
                #expect(response.body.contains("urn:terrarium:problem:too-many-connections"))
                #expect(try await late.isAtEnd())
                // One that asks for nothing does not stay.
                let silent = try await server.client()
                #expect(try await silent.isAtEnd())
                // Those that are in stay in, and one that goes makes room.
                await seated[0].close()
                while try await server.request("GET", "/healthz").status == 429 {}
                try await seated[1].send(RawClient.request("GET", "/healthz"))
                #expect(try await seated[1].response().status == 200)
                for client in [seated[1], late, silent] { await client.close() }
            }
        }

        @Test func connectionsByTheHundredCostNoDescriptors() async throws {
            let settings = ServerFixture.settings {
                $0.maximumConnections = 2
                $0.lingerTimeout = .seconds(60)
            }
            try await ServerFixture.with(settings) { server in
                let seated = try await server.client()
                try await seated.send(RawClient.request("GET", "/healthz"))
                #expect(try await seated.response().status == 200)
                // More than the backlog and all who are told together.
                var clients: [RawClient] = []
                for _ in 0..<250 { clients.append(try await server.client()) }
                var statuses: [Int?] = []
                for client in clients {
                    try? await client.send(RawClient.request("GET", "/healthz"))
                    statuses.append(try? await client.response().status)
                }
                #expect(Set(statuses) == [429, nil])
                #expect(server.server.openConnections <= 1 + settings.maximumRejectionSlots / 2)
                for client in clients + [seated] { await client.close() }
            }
        }

        @Test func bytesThatAreNoHTTPAreAnswered() async throws {
            try await ServerFixture.with { server in
                let client = try await server.client()
                try await client.send("\u{16}\u{3}\u{1} hello\r\n\r\n")
                let response = try await client.response()
                #expect(response.status == 400)
                #expect(response.body.contains("urn:terrarium:problem:malformed-http"))
                #expect(try await client.isAtEnd())
                await client.close()
            }
        }

        @Test func aLargeBodyIsRefusedByItsHeadAndTheAnswerIsRead() async throws {
            try await ServerFixture.with { server in
                let client = try await server.client()
                try await client.send("POST /v1/run HTTP/1.1\r\nhost: x\r\ncontent-length: 3000000\r\n\r\n")
                // The client goes on sending without looking, as simple ones do.
                try await client.send(String(repeating: " ", count: 3_000_000))
                let response = try await client.response()
                #expect(response.status == 413)
                #expect(response.fields["connection"] == "close")
                #expect(try await client.isAtEnd())
                await client.close()
            }
        }

        @Test func aHeaderThatLiesAboutTheLengthCostsNoMemory() async {
            // In a process of its own, since other tests run in this one.
            await #expect(processExitsWith: .success) {
                try await ServerFixture.with(ServerFixture.settings { $0.maximumPayload = 1 << 40 }) { server in
                    let before = try Connections.residentBytes()
                    var clients: [RawClient] = []
                    for _ in 0..<20 {
                        let client = try await server.client()
                        try await client.send(
                            "POST /v1/run HTTP/1.1\r\nhost: x\r\ncontent-length: 999999999999\r\n\r\n{"
                        )
                        clients.append(client)
                    }
                    #expect(try await server.request("GET", "/healthz").status == 200)
                    #expect(try Connections.residentBytes() - before < 64 << 20)
                    for client in clients { await client.close() }
                }
            }
        }

        private static func residentBytes() throws -> Int {
            let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
            let pages = try #require(text.split(separator: " ").dropFirst().first.flatMap { Int($0) })
            return pages * 4096
        }
    }
}
