import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import HTTPAPI

/// The outbound half of the server's pipeline: writer, NIO's encoder, coalescing.
@Suite struct ResponseWriterTests {
    /// Stands in for the connection's handler.
    private final class Owner: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart

        let writer = ResponseWriter(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        private(set) var written = 0

        func handlerAdded(context: ChannelHandlerContext) {
            self.writer.attach(context) { self.written += 1 }
        }

        func handlerRemoved(context: ChannelHandlerContext) {
            self.writer.detach()
        }

        func channelWritabilityChanged(context: ChannelHandlerContext) {
            self.writer.writabilityChanged()
        }
    }

    private struct Pipeline {
        let channel = EmbeddedChannel()
        let traffic = TrafficMeter()
        let owner = Owner()
        var writer: ResponseWriter { self.owner.writer }

        init() throws {
            var configuration = HTTPResponseEncoder.Configuration()
            configuration.automaticallySetFramingHeaders = false
            try self.channel.pipeline.syncOperations.addHandlers(
                WriteCoalescingHandler(traffic: self.traffic),
                HTTPResponseEncoder(configuration: configuration),
                self.owner
            )
        }

        func begin(
            _ body: [String],
            framing: Response.Framing = .length,
            keepsAlive: Bool = true,
            isHTTP10: Bool = false,
            isHead: Bool = false
        ) {
            let response = Response(
                status: .ok,
                contentType: "text/plain",
                headers: [("x", "y")],
                body: body.map { Array($0.utf8)[...] }
            )
            self.writer.begin(
                response.head(framing: framing, keepsAlive: keepsAlive, isHTTP10: isHTTP10),
                body: isHead ? [] : response.body,
                isComplete: framing == .length,
                pace: ReadingPace(window: .seconds(60), minimumRate: 1)
            )
        }

        /// What was written since the last call, one string for each write.
        func writes() throws -> [String] {
            var texts: [String] = []
            while let data = try self.channel.readOutbound(as: IOData.self) {
                guard case .byteBuffer(let buffer) = data else { continue }
                texts.append(String(buffer: buffer))
            }
            return texts
        }
    }

    @Test func aSmallResponseIsOneWrite() throws {
        let pipeline = try Pipeline()
        pipeline.begin(["ab", "", "c"])
        let text = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nx: y\r\ncontent-length: 3\r\n\r\nabc"
        #expect(try pipeline.writes() == [text])
        #expect(pipeline.owner.written == 1)
        #expect(pipeline.traffic.total.sent == text.utf8.count)
    }

    @Test func aLargeResponseIsWrittenInBoundedBuffersAsTheClientReads() throws {
        let pipeline = try Pipeline()
        let body = String(repeating: "0123456789", count: 100_000)
        pipeline.channel.isWritable = false
        pipeline.begin([body, body])
        #expect(try pipeline.writes().joined().hasSuffix("content-length: 2000000\r\n\r\n"))
        #expect(!pipeline.writer.isDrained)
        pipeline.channel.isWritable = true
        pipeline.channel.pipeline.fireChannelWritabilityChanged()
        let writes = try pipeline.writes()
        #expect(writes.allSatisfy { $0.utf8.count <= 256 * 1024 })
        #expect(writes.count == 8)
        #expect(writes.joined() == body + body)
        #expect(pipeline.owner.written == 1)
    }

    @Test func aStreamIsChunked() throws {
        let pipeline = try Pipeline()
        pipeline.begin(["a"], framing: .chunked, keepsAlive: false)
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nx: y\r\ntransfer-encoding: chunked\r\n"
        #expect(try pipeline.writes() == [head + "connection: close\r\n\r\n1\r\na\r\n"])
        pipeline.writer.append([[]], isComplete: false)
        #expect(try pipeline.writes().isEmpty)
        #expect(pipeline.owner.written == 0)
        pipeline.writer.append([[UInt8](repeating: 0x62, count: 16)[...]], isComplete: true)
        #expect(try pipeline.writes() == ["10\r\nbbbbbbbbbbbbbbbb\r\n0\r\n\r\n"])
        #expect(pipeline.owner.written == 1)
    }

    @Test func oldClientsGetTheEndOfTheConnectionInsteadOfChunks() throws {
        let pipeline = try Pipeline()
        pipeline.begin(["a"], framing: .untilClose, keepsAlive: false, isHTTP10: true)
        pipeline.writer.append([[0x62]], isComplete: true)
        #expect(
            try pipeline.writes() == [
                "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nx: y\r\nconnection: close\r\n\r\na", "b",
            ]
        )
    }

    @Test func aHeadResponseHasTheLengthAndNoBody() throws {
        let pipeline = try Pipeline()
        pipeline.begin(["abc"], isHTTP10: true, isHead: true)
        #expect(
            try pipeline.writes() == [
                "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nx: y\r\ncontent-length: 3\r\n"
                    + "connection: keep-alive\r\n\r\n"
            ]
        )
        #expect(pipeline.owner.written == 1)
    }

    @Test func aResponseThatCannotBeWrittenIsNotReportedAsWritten() throws {
        let pipeline = try Pipeline()
        pipeline.channel.isWritable = false
        pipeline.begin(["abc"])
        #expect(pipeline.owner.written == 0)
        pipeline.writer.detach()
        pipeline.channel.isWritable = true
        pipeline.channel.pipeline.fireChannelWritabilityChanged()
        #expect(pipeline.owner.written == 0)
        #expect(try !pipeline.writes().joined().contains("abc"))
    }
}
