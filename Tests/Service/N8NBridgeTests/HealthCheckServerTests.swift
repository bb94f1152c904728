import Listener
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Testing

@testable import N8NBridge

@Suite(.timeLimit(.minutes(10))) struct HealthCheckServerTests {
    private let logger = Logger(label: "quiet", factory: { _ in SwiftLogNoOpLogHandler() })

    /// Sends `request` and returns all that comes back until the server closes.
    private func ask(_ port: Int, _ request: String) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: request))
            var text = ""
            for try await buffer in inbound { text += String(buffer: buffer) }
            return text
        }
    }

    private func withServer(
        _ limits: ListenerLimits = .health,
        _ body: (Int) async throws -> Void
    ) async throws {
        let server = HealthCheckServer(
            host: "127.0.0.1",
            port: 0,
            group: MultiThreadedEventLoopGroup.singleton,
            limits: limits,
            logger: self.logger
        )
        let group = ServiceGroup(configuration: .init(services: [.init(service: server)], logger: self.logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var port = server.localPort
            while port == nil {
                try await Task.sleep(for: .milliseconds(2))
                port = server.localPort
            }
            try await body(port ?? 0)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        #expect(server.localPort == nil)
    }

    @Test(arguments: [
        "GET / HTTP/1.1", "GET /healthz HTTP/1.1", "POST /any/path?x=y HTTP/1.1", "GET / HTTP/1.0",
    ]) func everyPathIsAnsweredOK(_ line: String) async throws {
        try await self.withServer { port in
            let body = line.hasPrefix("POST") ? "Content-Length: 3\r\n\r\nabc" : "\r\n"
            let response = try await self.ask(port, "\(line)\r\nHost: x\r\n\(body)")
            #expect(response.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(response.hasSuffix("\r\n\r\nOK"))
        }
    }

    @Test func aFailureIsReportedToOneCheck() async throws {
        // A port that was free a moment ago.
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listener.localAddress?.port)
        try await listener.close()
        async let reported: Void = HealthCheckServer.report(
            "no sandbox",
            host: "127.0.0.1",
            port: port,
            within: .seconds(3600)
        )
        var response = ""
        while response.isEmpty {
            // Refused until the server listens.
            response = (try? await self.ask(port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")) ?? ""
            await Task.yield()
        }
        #expect(response.hasPrefix("HTTP/1.1 503 "))
        #expect(response.hasSuffix("\r\n\r\nno sandbox\n"))
        // It ends long before its time.
        await reported
    }

    @Test func aReportOfAFailureEndsByItself() async {
        await HealthCheckServer.report("no sandbox", host: "127.0.0.1", port: 0, within: .milliseconds(1))
    }

    @Test func aHeadRequestGetsNoBody() async throws {
        try await self.withServer { port in
            let response = try await self.ask(port, "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(response.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(response.hasSuffix("\r\n\r\n"))
        }
    }

    @Test func garbageIsSurvived() async throws {
        try await self.withServer { port in
            let response = try await self.ask(port, "what is this\r\n\r\n")
            #expect(!response.contains("200"))
            let second = try await self.ask(port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(second.contains("200"))
        }
    }

    /// A connection that never completes its request.
    private func idle(_ port: Int) async throws -> any Channel {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port)
            .get()
        try await channel.writeAndFlush(ByteBuffer(string: "GET / HTTP/1.1\r\n"))
        return channel
    }

    /// Writes a byte every few milliseconds until the connection is closed.
    private func drip(_ channel: any Channel) {
        let task = channel.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(20)) { _ in
            channel.writeAndFlush(ByteBuffer(string: "x"), promise: nil)
        }
        channel.closeFuture.whenComplete { _ in task.cancel() }
    }

    @Test func theOldestIdleConnectionMakesRoomForTheNextOne() async throws {
        let limits = ListenerLimits(connections: 4, closing: 2, connectionTimeout: .seconds(3600))
        try await self.withServer(limits) { port in
            var channels: [any Channel] = []
            for _ in 0..<4 { channels.append(try await self.idle(port)) }
            // Control: four fit.
            #expect(try await self.ask(port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").contains("200"))
            try await channels[0].closeFuture.get()
            #expect(!channels[1...].contains { !$0.isActive })
            for _ in 0..<40 { channels.append(try await self.idle(port)) }
            for channel in channels.dropLast(4) { try await channel.closeFuture.get() }
            #expect(!channels.suffix(4).contains { !$0.isActive })
            #expect(try await self.ask(port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").contains("200"))
            for channel in channels { channel.close(promise: nil) }
        }
    }

    @Test func aRequestThatDripsIsCutOffAtItsDeadline() async throws {
        let limits = ListenerLimits(connections: 32, connectionTimeout: .milliseconds(300))
        try await self.withServer(limits) { port in
            let start = ContinuousClock.now
            let channel = try await self.idle(port)
            self.drip(channel)
            // Without a deadline for the whole request it would stay: every byte is a sign of life.
            try await channel.closeFuture.get()
            #expect(ContinuousClock.now - start >= .milliseconds(250))
        }
    }

    @Test func theEndOfTheServerClosesIdleConnections() async throws {
        let limits = ListenerLimits(connections: 32, connectionTimeout: .seconds(3600))
        var channel: (any Channel)?
        try await self.withServer(limits) { port in channel = try await self.idle(port) }
        try await channel?.closeFuture.get()
    }

    @Test func aPortThatIsTakenIsSaidToBe() async throws {
        try await self.withServer { port in
            let second = HealthCheckServer(
                host: "127.0.0.1",
                port: port,
                group: MultiThreadedEventLoopGroup.singleton,
                logger: self.logger
            )
            let failure = await #expect(throws: HealthCheckServer.Failure.self) { try await second.run() }
            #expect(failure?.description.contains("127.0.0.1:\(port)") == true)
        }
    }
}
