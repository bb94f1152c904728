import NIOCore
import Testing

@testable import Broker

@Suite struct OutgoingResponseTests {
    private func text(_ response: inout OutgoingResponse, upTo limit: Int = 1 << 20) -> [String] {
        var texts: [String] = []
        while let buffer = response.next(upTo: limit, using: ByteBufferAllocator()) {
            texts.append(String(buffer: buffer))
        }
        return texts
    }

    private func response(_ body: [String]) -> Response {
        Response(
            status: 200,
            phrase: "OK",
            contentType: "text/plain",
            fields: ["x: y"],
            body: body.map { Array($0.utf8)[...] }
        )
    }

    @Test func aSmallResponseIsOneBuffer() {
        var outgoing = OutgoingResponse(
            self.response(["ab", "", "c"]),
            framing: .length,
            keepsAlive: true,
            isHTTP10: false
        )
        #expect(outgoing.isFinished)
        #expect(
            self.text(&outgoing)
                == ["HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nx: y\r\ncontent-length: 3\r\n\r\nabc"]
        )
        #expect(outgoing.isEmpty)
    }

    @Test func aLargeResponseIsCutIntoBuffersOfTheLimit() {
        let body = String(repeating: "0123456789", count: 100)
        var whole = OutgoingResponse(self.response([body, body]), framing: .length, keepsAlive: true, isHTTP10: false)
        var cut = whole
        let texts = self.text(&cut, upTo: 7)
        #expect(texts.dropLast().allSatisfy { $0.utf8.count == 7 })
        #expect(texts.joined() == self.text(&whole).joined())
    }

    @Test func aStreamIsChunked() {
        var outgoing = OutgoingResponse(self.response(["a"]), framing: .chunked, keepsAlive: false, isHTTP10: false)
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nx: y\r\ntransfer-encoding: chunked\r\n"
        #expect(self.text(&outgoing) == [head + "connection: close\r\n\r\n1\r\na\r\n"])
        #expect(!outgoing.isFinished)
        outgoing.append([])
        #expect(outgoing.isEmpty)
        outgoing.append([UInt8](repeating: 0x62, count: 16)[...])
        outgoing.finish()
        #expect(self.text(&outgoing) == ["10\r\nbbbbbbbbbbbbbbbb\r\n0\r\n\r\n"])
    }

    @Test func oldClientsGetTheEndOfTheConnectionInsteadOfChunks() {
        var outgoing = OutgoingResponse(self.response(["a"]), framing: .untilClose, keepsAlive: false, isHTTP10: true)
        outgoing.append([0x62])
        outgoing.finish()
        #expect(
            self.text(&outgoing) == [
                "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nx: y\r\nconnection: close\r\n\r\nab"
            ]
        )
    }

    @Test func aHeadResponseHasTheLengthAndNoBody() {
        var outgoing = OutgoingResponse(self.response(["abc"]), framing: .omitted, keepsAlive: true, isHTTP10: true)
        #expect(
            self.text(&outgoing) == [
                "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nx: y\r\ncontent-length: 3\r\n"
                    + "connection: keep-alive\r\n\r\n"
            ]
        )
    }
}
