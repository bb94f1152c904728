import Testing

@testable import Listener

@Suite struct PerUserQuotaTests {
    /// How much a user can get, one by one.
    private func takeAll(_ quota: PerUserQuota, for uid: UInt32, of capacity: Int) -> Int {
        var count = 0
        while quota.take(1, for: uid, of: capacity) { count += 1 }
        return count
    }

    @Test func aSingleUserGetsHalfAndTheNextOneAlwaysSome() {
        let quota = PerUserQuota()
        #expect(self.takeAll(quota, for: 1, of: 120) == 60)
        #expect(self.takeAll(quota, for: 2, of: 120) == 30)
        #expect(self.takeAll(quota, for: 3, of: 120) == 15)
        #expect(self.takeAll(quota, for: 0, of: 120) == 7)
        #expect(!quota.take(1, for: 1, of: 120))
    }

    @Test func whatIsReleasedCanBeTakenAgain() {
        let quota = PerUserQuota()
        #expect(quota.take(50, for: 1, of: 100))
        #expect(!quota.take(1, for: 1, of: 100))
        #expect(!quota.take(26, for: 2, of: 100))
        #expect(quota.take(25, for: 2, of: 100))
        quota.release(50, for: 1)
        quota.release(25, for: 2)
        #expect(quota.take(50, for: 2, of: 100))
    }

    @Test func aLoweredCapacityOnlyKeepsMoreFromBeingTaken() {
        let quota = PerUserQuota()
        #expect(quota.take(40, for: 1, of: 100))
        #expect(!quota.take(1, for: 2, of: 20))
        #expect(!quota.take(Int.max / 2, for: 2, of: 100))
        quota.release(40, for: 1)
        #expect(quota.take(10, for: 2, of: 20))
    }
}
