import NIOCore
import NIOEmbedded
import NIOHTTP1
import TestSupport
import Testing

@testable import HTTPAPI

/// The inbound half of the server's pipeline: what the decoder is given, and when.
@Suite struct PipeliningHandlerTests {
    /// Stands in for the connection's handler: answers a request when the test says so, or at once.
    private final class Receiver: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart

        let pipelining: PipeliningHandler
        var answersAtOnce = false
        /// One string for each request: its target and its body.
        var requests: [String] = []
        var heads = 0
        var isInputClosed = false
        var error: (any Error)?
        private var current = ""

        init(_ pipelining: PipeliningHandler) {
            self.pipelining = pipelining
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch self.unwrapInboundIn(data) {
            case .head(let head):
                self.heads += 1
                self.current = head.uri + " "
                self.pipelining.bodyAnnounced(head.bodyLength)
            case .body(let buffer):
                self.current += String(buffer: buffer)
            case .end:
                self.requests.append(self.current)
                self.pipelining.requestEnded()
                if self.answersAtOnce { self.pipelining.resume() }
            }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case ChannelEvent.inputClosed = event { self.isInputClosed = true }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            self.error = error
        }
    }

    private final class ReadCounter: ChannelOutboundHandler {
        typealias OutboundIn = Never
        private(set) var reads = 0

        func read(context: ChannelHandlerContext) {
            self.reads += 1
        }
    }

    private struct Pipeline {
        let channel = EmbeddedChannel()
        let pipelining = PipeliningHandler(traffic: TrafficMeter())
        let counter = ReadCounter()
        let receiver: Receiver

        init() throws {
            self.receiver = Receiver(self.pipelining)
            try self.channel.pipeline.syncOperations.addHandlers(
                self.counter,
                self.pipelining,
                ByteToMessageHandler(HTTPRequestDecoder()),
                self.receiver
            )
        }

        func receive(_ text: some StringProtocol) throws {
            try self.channel.writeInbound(ByteBuffer(string: String(text)))
        }
    }

    private static let get = "GET /g HTTP/1.1\r\nhost: x\r\n\r\n"

    @Test func theDecoderGetsNoByteOfALaterRequest() throws {
        let pipeline = try Pipeline()
        try pipeline.receive(String(repeating: Self.get, count: 3))
        #expect(pipeline.receiver.heads == 1)
        pipeline.pipelining.resume()
        #expect(pipeline.receiver.heads == 2)
        pipeline.pipelining.resume()
        #expect(pipeline.receiver.requests == ["/g ", "/g ", "/g "])
        pipeline.pipelining.resume()
        #expect(pipeline.receiver.heads == 3)
    }

    @Test func readingStopsWhileBytesOfALaterRequestWait() throws {
        let pipeline = try Pipeline()
        func reads() -> Int {
            pipeline.channel.pipeline.syncOperations.read()
            return pipeline.counter.reads
        }
        let start = pipeline.counter.reads
        try pipeline.receive(Self.get)
        // The control: with nothing behind the request reading goes on, so that the end of the connection is noticed.
        #expect(reads() > start)
        try pipeline.receive("G")
        let stopped = pipeline.counter.reads
        #expect(reads() == stopped)
        #expect(reads() == stopped)
        pipeline.pipelining.resume()
        #expect(pipeline.counter.reads == stopped + 1)
        #expect(pipeline.pipelining.isInsideHead)
    }

    @Test func theEndOfInputComesBehindTheRequestsSentBefore() throws {
        let pipeline = try Pipeline()
        try pipeline.receive(Self.get + Self.get)
        pipeline.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(!pipeline.receiver.isInputClosed)
        pipeline.pipelining.resume()
        #expect(pipeline.receiver.requests.count == 2)
        #expect(pipeline.receiver.isInputClosed)
        #expect(pipeline.receiver.error == nil)
    }

    @Test func bytesBehindAnUpgradeAreHeldAndNotCollectedByTheDecoder() throws {
        let pipeline = try Pipeline()
        try pipeline.receive("GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\nPRI")
        #expect(pipeline.receiver.requests.count == 1)
        let stopped = pipeline.counter.reads
        pipeline.channel.pipeline.syncOperations.read()
        #expect(pipeline.counter.reads == stopped)
    }

    @Test func inputThatIsDiscardedIsNotDecoded() throws {
        let pipeline = try Pipeline()
        try pipeline.receive(Self.get + Self.get)
        pipeline.pipelining.discardInput()
        pipeline.pipelining.resume()
        try pipeline.receive(Self.get)
        #expect(pipeline.receiver.heads == 1)
    }

    /// However the bytes are cut, the same requests come out, one at a time.
    @Test(arguments: [true, false]) func requestsAreTheSameHoweverTheirBytesAreCut(answersAtOnce: Bool) throws {
        let samples: [(text: String, request: String)] = [
            (Self.get, "/g "),
            ("\r\n\r\n" + Self.get, "/g "),
            ("POST /p HTTP/1.1\r\ncontent-length: 5\r\n\r\n\n\r\n\nx", "/p \n\r\n\nx"),
            ("POST /p HTTP/1.1\r\nContent-Length:  3 \r\n\r\nabc", "/p abc"),
            ("POST /z HTTP/1.1\r\ncontent-length: 0\r\n\r\n", "/z "),
            (
                "POST /c HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n4\r\na\n\n\n\r\n6\r\nb\r\n\r\nc\r\n0\r\nx: y\r\n\r\n",
                "/c a\n\n\nb\r\n\r\nc"
            ),
        ]
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<300 {
            let pipeline = try Pipeline()
            pipeline.receiver.answersAtOnce = answersAtOnce
            let chosen = (0..<6).map { _ in samples.randomElement(using: &generator) ?? samples[0] }
            var bytes = Array(chosen.map(\.text).joined().utf8)[...]
            while !bytes.isEmpty {
                let count = Int.random(in: 1...40, using: &generator)
                try pipeline.receive(String(decoding: bytes.prefix(count), as: UTF8.self))
                bytes = bytes.dropFirst(count)
                // One that is not complete is the last that is decoded.
                #expect(pipeline.receiver.heads - pipeline.receiver.requests.count <= 1)
                if !answersAtOnce, Bool.random(using: &generator) { pipeline.pipelining.resume() }
            }
            for _ in chosen { pipeline.pipelining.resume() }
            #expect(pipeline.receiver.error == nil)
            #expect(pipeline.receiver.requests == chosen.map(\.request))
        }
    }
}
