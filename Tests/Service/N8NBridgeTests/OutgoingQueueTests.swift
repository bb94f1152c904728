import NIOCore
import Testing

@testable import N8NBridge

@Suite struct OutgoingQueueTests {
    private func message(_ count: Int, _ kind: OutgoingMessage.Kind) -> OutgoingMessage {
        OutgoingMessage([[UInt8](repeating: 0x61, count: count)[...]], kind: kind)
    }

    @Test func everyMessageIsCountedWithTheMemoryThatItTakes() {
        var queue = OutgoingQueue()
        for _ in 0..<100 { queue.append(self.message(2, .console)) }
        queue.append(self.message(600_000, .outcome))
        for _ in 0..<3 { queue.append(self.message(50, .reply)) }
        #expect(queue.consoleBytes == 100 * (2 + OutgoingMessage.overhead))
        #expect(queue.heldBytes == queue.consoleBytes + 600_000 + 3 * 50 + 4 * OutgoingMessage.overhead)
        #expect(queue.replies == 3)
        var buffer = ByteBuffer()
        for _ in 0..<100 { queue.appendFrame(mask: 0, to: &buffer) }
        #expect(queue.consoleBytes == 0)
        // A message that was sent in part is counted with the rest.
        queue.appendFrame(mask: 0, to: &buffer)
        #expect(queue.heldBytes == 600_000 - OutgoingMessage.maximumFrame + 3 * 50 + 4 * OutgoingMessage.overhead)
        while !queue.isEmpty { queue.appendFrame(mask: 0, to: &buffer) }
        #expect(queue.heldBytes == 0)
        #expect(queue.replies == 0)
    }

    @Test func aShortMessageDoesNotKeepTheBufferOfItsPieces() {
        let large = [UInt8](repeating: 0x61, count: 1 << 20)
        var message = OutgoingMessage([large[..<10], large[20..<30]], kind: .console)
        var buffer = ByteBuffer()
        #expect(message.remaining == 20)
        #expect(message.appendFrame(mask: 0, to: &buffer))
        #expect(buffer.readableBytes == 6 + 20)
    }
}
