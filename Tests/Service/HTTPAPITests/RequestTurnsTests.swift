import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPAPI

@Suite struct RequestTurnsTests {
    private let loop = EmbeddedEventLoop()

    /// What was handled, in order. A request takes time by moving the clock of the loop, which only one outside of the loop may do.
    private final class Words {
        var all: [String] = []
    }

    private func request(_ word: String, _ words: Words, takes time: TimeAmount = .zero) -> RequestTurns.Body {
        {
            words.all.append(word)
            self.loop.advanceTime(by: time)
        }
    }

    @Test func requestsAreHandledAtOnceWhileTheyTakeLittle() {
        let (turns, words) = (RequestTurns(on: self.loop), Words())
        for number in 0..<1000 { turns.run(for: 1, self.request("\(number)", words)) }
        #expect(words.all == (0..<1000).map { "\($0)" })
    }

    @Test func aUserWhoseRequestsTakeLongWaitsAsLongAndTheOthersDoNot() {
        let (turns, words) = (RequestTurns(on: self.loop), Words())
        turns.run(for: 1, self.request("a", words, takes: .milliseconds(7)))
        turns.run(for: 1, self.request("b", words))
        turns.run(for: 1, self.request("c", words))
        // Control: another user.
        turns.run(for: 2, self.request("other", words))
        #expect(words.all == ["a", "other"])
        // The first took two milliseconds more than the burst.
        self.loop.advanceTime(by: .milliseconds(2))
        #expect(words.all == ["a", "other"])
        self.loop.advanceTime(by: .nanoseconds(1))
        self.loop.run()
        #expect(words.all == ["a", "other", "b", "c"])
    }

    @Test func aRequestThatComesWhileOneIsHandledComesAfterIt() {
        let (turns, words) = (RequestTurns(on: self.loop), Words())
        turns.run(for: 1) {
            turns.run(for: 1, self.request("inner", words))
            words.all.append("outer")
        }
        #expect(words.all == ["outer"])
        self.loop.run()
        #expect(words.all == ["outer", "inner"])
    }

    @Test func aUserWhoPausesHasItsBurstAgain() {
        let (turns, words) = (RequestTurns(on: self.loop), Words())
        turns.run(for: 1, self.request("a", words, takes: .milliseconds(5)))
        self.loop.advanceTime(by: .milliseconds(5))
        turns.run(for: 1, self.request("b", words, takes: .milliseconds(4)))
        turns.run(for: 1, self.request("c", words))
        #expect(words.all == ["a", "b", "c"])
    }
}
