import Linux
import NIOCore
import Synchronization
import Tasks
import TestSupport
import Testing

@testable import HTTPAPI

extension HTTPServerTests {
    /// What connections count in their user's memory account.
    @Suite(.timeLimit(.minutes(10))) struct Memory {
        private static let uid = CurrentProcess.userID

        /// What a closure that may run on any thread counts.
        private final class Counter: Sendable {
            private let count = Atomic(0)
            var value: Int { self.count.load(ordering: .relaxed) }
            func increment() { self.count.add(1, ordering: .relaxed) }
        }

        /// Waits until so much is kept: a connection's end is not seen at once.
        private static func wait(_ server: ServerFixture, for count: Int) async throws {
            while server.memory.kept(for: Self.uid) != count { try await Task.sleep(for: .milliseconds(2)) }
        }

        @Test func bodiesThatWaitAreBoundedForEachUser() async throws {
            try await ServerFixture.with(memory: .init(perUser: 410_000, answer: 10_000)) { server in
                let body = #"{"code":"x","items":[{"a":"\#(String(repeating: "x", count: 80_000))"}]}"#
                let waiting = try await server.client()
                try await waiting.send(RawClient.request("POST", "/v1/run", body: body))
                let task = await server.dispatcher.submission(0)
                let refused = try await server.request("POST", "/v1/run", body: body)
                #expect(refused.status == 429)
                #expect(refused.fields["retry-after"] == "1")
                #expect(refused.body.contains("urn:terrarium:problem:too-much-waiting"))
                #expect(refused.body.contains("MEMORY_PER_USER"))
                // What a refused request has sent, and one that is given up, does not count any more.
                let kept = ConnectionCharges.connection + body.utf8.count + 1
                try await Self.wait(server, for: kept)
                let unfinished = try await server.client()
                try await unfinished.send(
                    "POST /v1/run HTTP/1.1\r\nhost: x\r\ncontent-length: 9999\r\n\r\n\(body.prefix(9000))"
                )
                // It counts, and more than an idle connection; one that the server had not seen yet would not.
                while server.memory.kept(for: Self.uid) <= kept + ConnectionCharges.connection {
                    try await Task.sleep(for: .milliseconds(2))
                }
                await unfinished.close()
                try await Self.wait(server, for: kept)
                server.dispatcher.finishAtOnce()
                #expect(try await server.request("POST", "/v1/run", body: #"{"code":"x"}"#).status == 200)
                #expect(try await server.request("POST", "/v1/run", body: body).status == 429)
                // From its start on the worker has the items.
                task.observer.taskEmitted(.started, task.id)
                while try await server.request("POST", "/v1/run", body: body).status == 429 {}
                task.finish()
                #expect(try await waiting.response().status == 200)
                try await Self.wait(server, for: ConnectionCharges.connection)
                #expect(try await server.request("POST", "/v1/run", body: body).status == 200)
                await waiting.close()
                try await Self.wait(server, for: 0)
            }
        }

        @Test func aLargeBodyIsReadOnAnotherThreadAndKeepsNoOtherConnectionWaiting() async throws {
            let threads = HeldThreads()
            try await ServerFixture.with(work: threads.queue) { server in
                let items = String(repeating: "{},", count: BodyReading.maximumOnEventLoop / 3) + "{}"
                let client = try await server.client()
                try await client.send(RawClient.request("POST", "/v1/run", body: #"{"code":"x","items":[\#(items)]}"#))
                while threads.count == 0 { try await Task.sleep(for: .milliseconds(2)) }
                // More connections than there are event loops, and a small task.
                for _ in 0..<2 * System.coreCount {
                    #expect(try await server.request("GET", "/healthz").status == 200)
                }
                server.dispatcher.finishAtOnce()
                #expect(try await server.request("POST", "/v1/run", body: #"{"code":"x"}"#).status == 200)
                #expect(server.dispatcher.submissionCount == 1)
                threads.run()
                #expect(try await client.response().body.contains("{},{}"))
                #expect(server.dispatcher.submissionCount == 2)
                // What is wrong with a large body is answered as well.
                try await client.send(RawClient.request("POST", "/v1/run", body: #"{"code":"x","items":[\#(items),]}"#))
                while threads.count == 0 { try await Task.sleep(for: .milliseconds(2)) }
                threads.run()
                #expect(try await client.response().status == 400)
                await client.close()
                try await Self.wait(server, for: 0)
            }
        }

        @Test func aLargeBodyCountsUntilItIsReadAlsoWhenItsClientHasGone() async throws {
            let threads = HeldThreads()
            try await ServerFixture.with(work: threads.queue) { server in
                let items = String(repeating: "{},", count: BodyReading.maximumOnEventLoop / 3) + "{}"
                let body = #"{"code":"x","items":[\#(items)]}"#
                let client = try await server.client()
                try await client.send(RawClient.request("POST", "/v1/run", body: body))
                while threads.count == 0 { try await Task.sleep(for: .milliseconds(2)) }
                await client.close()
                try await Self.wait(server, for: body.utf8.count)
                threads.run()
                try await Self.wait(server, for: 0)
                #expect(server.dispatcher.submissionCount == 0)
            }
        }

        @Test func aBodyThatCanNeverFitIsTooLarge() async throws {
            try await ServerFixture.with(memory: .init(perUser: 310_000, answer: 10_000)) { server in
                let room = 300_000 - ConnectionCharges.connection
                func status(_ length: Int) async throws -> Int {
                    let code = String(repeating: " ", count: length - 12)
                    return try await server.request("POST", "/v1/check", body: code + #"{"code":"x"}"#).status
                }
                server.dispatcher.finishAtOnce()
                // The control: it fits, with the one byte of code that is kept beside it.
                #expect(try await status(room - 1) != 413)
                try await Self.wait(server, for: 0)
                #expect(try await status(room + 1) == 413)
            }
        }

        @Test func theCodeCountsUntilTheTaskEndsAndTheBodyUntilItStarts() async throws {
            try await ServerFixture.with { server in
                let code = String(repeating: "x", count: 5000)
                let body = #"{"code":"\#(code)","items":[{}]}"#
                let client = try await server.client()
                try await client.send(RawClient.request("POST", "/v1/run", body: body))
                let task = await server.dispatcher.submission(0)
                try await Self.wait(server, for: ConnectionCharges.connection + body.utf8.count + 5000)
                task.observer.taskEmitted(.started, task.id)
                try await Self.wait(server, for: ConnectionCharges.connection + 5000)
                task.finish()
                try await Self.wait(server, for: ConnectionCharges.connection)
                #expect(try await client.response().status == 200)
                await client.close()
                try await Self.wait(server, for: 0)
            }
        }

        @Test func theMemoryOfAnAnswerIsKeptUntilTheClientHasReadIt() async throws {
            try await ServerFixture.with { server in
                let released = Counter()
                let large = "[\"\(String(repeating: "x", count: 4 << 20))\"]"
                func answer(_ number: Int, with items: String) async throws -> RawClient {
                    let client = try await server.client()
                    try await client.send(RawClient.request("POST", "/v1/run", body: #"{"code":"x"}"#))
                    await server.dispatcher.submission(number).finish(
                        items,
                        reservation: AnswerReservation { released.increment() }
                    )
                    return client
                }
                // The control: the socket takes a small one at once.
                let small = try await answer(0, with: "[]")
                #expect(try await small.response().status == 200)
                while released.value < 1 { try await Task.sleep(for: .milliseconds(2)) }
                let reader = try await answer(1, with: large)
                var left = try #require(try await reader.head().fields["content-length"].flatMap { Int($0) })
                #expect(released.value == 1)
                while left > 0, let count = try await reader.piece(upTo: min(left, 1 << 20)) { left -= count }
                while released.value < 2 { try await Task.sleep(for: .milliseconds(2)) }
                let leaver = try await answer(2, with: large)
                _ = try await leaver.head()
                #expect(released.value == 2)
                await leaver.close()
                while released.value < 3 { try await Task.sleep(for: .milliseconds(2)) }
                for client in [small, reader] { await client.close() }
            }
        }

        @Test func aConnectionForWhichThereIsNoMemoryIsToldSo() async throws {
            try await ServerFixture.with(memory: .init(perUser: 10_000 + ConnectionCharges.connection, answer: 10_000))
            {
                server in
                let first = try await server.client()
                try await first.send(RawClient.request("GET", "/healthz"))
                #expect(try await first.response().status == 200)
                #expect(try await server.request("GET", "/healthz").status == 429)
                await first.close()
                while try await server.request("GET", "/healthz").status == 429 {}
            }
        }
    }
}
