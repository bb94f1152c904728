import Testing

@testable import N8NBridge

@Suite struct ConsoleBudgetTests {
    @Test func printsAreSentWhileLittleWaits() {
        var budget = ConsoleBudget(limit: 1 << 20, tasks: 4)
        for _ in 0..<10_000 {
            let verdict = budget.admit(10, waiting: 1 << 20)
            #expect(verdict == .send)
        }
    }

    @Test func aTaskBeyondItsShareIsCutOffOnceAndForAll() {
        var chatty = ConsoleBudget(limit: 1 << 20, tasks: 4)
        var verdicts: [ConsoleBudget.Verdict] = []
        for _ in 0..<1000 { verdicts.append(chatty.admit(10, waiting: (1 << 20) + 1)) }
        let sent = verdicts.count { $0 == .send }
        #expect(sent == chatty.share / (10 + OutgoingMessage.overhead))
        #expect(verdicts.count { $0 == .cutOff } == 1)
        #expect(verdicts.last == .drop)
        // Also when nothing waits any more: prints after a gap would look like a complete log.
        let late = chatty.admit(10, waiting: 0)
        #expect(late == .drop)
        // The control: another task still has its share.
        var other = ConsoleBudget(limit: 1 << 20, tasks: 4)
        let first = other.admit(10, waiting: (1 << 20) + 1)
        #expect(first == .send)
    }
}
