import Foundation
import ServiceLifecycle
import Testing

@testable import HTTPAPI

/// What is left of connections after a shutdown, and after their end.
extension HTTPServerTests.Connections {
    @Test func shutdownLetsTasksFinishAndTurnsNewOnesAway() async throws {
        try await ServerFixture.with { server in
            let idle = try await server.client()
            try await idle.send(RawClient.request("GET", "/healthz"))
            _ = try await idle.response()
            let client = try await server.client()
            try await client.send(Self.run)
            let task = await server.dispatcher.submission(0)
            await server.services.triggerGracefulShutdown()
            // The idle connection is closed, which also shows that the shutdown has begun.
            #expect(try await idle.isAtEnd())
            await idle.close()
            #expect(try await server.request("GET", "/readyz").status == 503)
            #expect(try await server.request("GET", "/healthz").fields["connection"] == "close")
            let turnedAway = try await server.request("POST", "/v1/run", body: #"{"code":"x"}"#)
            #expect(turnedAway.status == 503)
            #expect(turnedAway.body.contains("urn:terrarium:problem:draining"))
            task.finish(#"[{"a":1}]"#)
            let response = try await client.response()
            #expect(response.body.contains(#"[{"a":1}]"#))
            #expect(response.fields["connection"] == "close")
            #expect(try await client.isAtEnd())
            await client.close()
            #expect(server.dispatcher.submissionCount == 1)
        }
    }

    @Test func aThousandTasksLeaveNoDescriptorBehind() async {
        // In a process of its own, since other tests run in this one.
        await #expect(processExitsWith: .success) {
            try await ServerFixture.with { server in
                server.dispatcher.finishAtOnce()
                func descriptors() throws -> Int {
                    try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
                }
                // A client that sees the end of the connection knows that the server has closed its own.
                func run() async throws {
                    let client = try await server.client()
                    let body = #"{"code":"x"}"#
                    try await client.send(
                        RawClient.request("POST", "/v1/run", body: body, fields: "connection: close\r\n")
                    )
                    #expect(try await client.response().status == 200)
                    #expect(try await client.isAtEnd())
                    await client.close()
                }
                for _ in 0..<20 { try await run() }
                let before = try descriptors()
                // The control: a connection that is open is one that is counted, at both ends.
                let client = try await server.client()
                try await client.send(RawClient.request("GET", "/healthz"))
                _ = try await client.response()
                #expect(try descriptors() >= before + 2)
                try await client.finishSending()
                #expect(try await client.isAtEnd())
                await client.close()
                for _ in 0..<1000 { try await run() }
                #expect(try descriptors() <= before)
            }
        }
    }
}
