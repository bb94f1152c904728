import Testing

@testable import N8NBridge

@Suite struct InvalidMessageBudgetTests {
    @Test func aBurstIsToleratedAndAFloodIsNot() {
        var budget = InvalidMessageBudget()
        let start = ContinuousClock.now
        for _ in 0..<InvalidMessageBudget.burst {
            let isWithin = budget.spend(at: start)
            #expect(isWithin)
        }
        let isBeyond = !budget.spend(at: start)
        #expect(isBeyond)
        // A second later so many more, and no more.
        let later = start + .seconds(1)
        for _ in 0..<InvalidMessageBudget.rate {
            let isWithin = budget.spend(at: later)
            #expect(isWithin)
        }
        let isBeyondAgain = !budget.spend(at: later)
        #expect(isBeyondAgain)
    }

    @Test func aSlowStreamIsToleratedForever() {
        var budget = InvalidMessageBudget()
        let start = ContinuousClock.now
        for second in 0..<10_000 {
            let isWithin = budget.spend(at: start + .milliseconds(second * 11))
            #expect(isWithin)
        }
    }
}
