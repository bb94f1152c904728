import Testing

@testable import Broker

@Suite struct FairSharesTests {
    /// How much a user can get, one by one.
    private func takeAll(_ shares: FairShares, for uid: UInt32, of capacity: Int) -> Int {
        var count = 0
        while shares.take(1, for: uid, of: capacity) { count += 1 }
        return count
    }

    @Test func whoIsAloneGetsHalfAndTheNextAlwaysFindsSomething() {
        let shares = FairShares()
        #expect(self.takeAll(shares, for: 1, of: 120) == 60)
        #expect(self.takeAll(shares, for: 2, of: 120) == 30)
        #expect(self.takeAll(shares, for: 3, of: 120) == 15)
        #expect(self.takeAll(shares, for: 0, of: 120) == 7)
        #expect(!shares.take(1, for: 1, of: 120))
    }

    @Test func whatIsGivenBackCanBeTakenAgain() {
        let shares = FairShares()
        #expect(shares.take(50, for: 1, of: 100))
        #expect(!shares.take(1, for: 1, of: 100))
        #expect(!shares.take(26, for: 2, of: 100))
        #expect(shares.take(25, for: 2, of: 100))
        shares.giveBack(50, of: 1)
        shares.giveBack(25, of: 2)
        #expect(shares.take(50, for: 2, of: 100))
    }

    @Test func lessThanBeforeOnlyKeepsMoreFromBeingTaken() {
        let shares = FairShares()
        #expect(shares.take(40, for: 1, of: 100))
        #expect(!shares.take(1, for: 2, of: 20))
        #expect(!shares.take(Int.max / 2, for: 2, of: 100))
        shares.giveBack(40, of: 1)
        #expect(shares.take(10, for: 2, of: 20))
    }
}
