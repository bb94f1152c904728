import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import WorkerPool

/// Asks for another turn until it had as many as it is to have.
private final class Taker: FrameTurns.Taker {
    private let name: String
    private let turns: FrameTurns
    private let left: Mutex<Int>
    private let body: @Sendable (String) -> Void

    init(_ name: String, turns: Int, of queue: FrameTurns, _ body: @escaping @Sendable (String) -> Void) {
        self.name = name
        self.turns = queue
        self.left = Mutex(turns)
        self.body = body
        queue.request(for: self)
    }

    func takeTurn() {
        self.body(self.name)
        let left = self.left.withLock { left in
            left -= 1
            return left
        }
        if left > 0 { self.turns.request(for: self) }
    }
}

@Suite struct FrameTurnsTests {
    private let loop = EmbeddedEventLoop()
    private let taken = Taken()

    private final class Taken: Sendable {
        private let names = Mutex<[String]>([])
        var all: String { self.names.withLock { $0.joined() } }
        func append(_ name: String) { self.names.withLock { $0.append(name) } }
    }

    @Test func thereIsOneTurnAtATimeHoweverManyConnectionsWait() {
        let queue = FrameTurns.queue(of: self.loop)
        #expect(queue === FrameTurns.queue(of: self.loop))
        #expect(queue !== FrameTurns.queue(of: EmbeddedEventLoop()))
        let takers = ["a", "b", "c"].map { Taker($0, turns: 2, of: queue, self.taken.append) }
        for expected in ["", "a", "ab", "abc", "abca", "abcab", "abcabc", "abcabc"] {
            #expect(self.taken.all == expected)
            // Nothing is due before the pause is over.
            self.loop.advanceTime(by: FrameTurns.pause - .nanoseconds(1))
            #expect(self.taken.all == expected)
            self.loop.advanceTime(by: .nanoseconds(1))
        }
        withExtendedLifetime(takers) {}
    }
}
