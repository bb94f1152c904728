import TestSupport
import Testing

@testable import N8NBridge

@Suite struct OfferBookTests {
    private var book = OfferBook(
        OfferBook.Terms(validity: .seconds(5), jitter: .milliseconds(500), lateness: .seconds(2))
    )
    private var generator = SeededGenerator(seed: 11)
    private let start = ContinuousClock.now

    @Test mutating func anOfferIsTakenOnce() {
        let offer = self.book.make(at: self.start, using: &self.generator)
        let takesAnother = self.book.take("another")
        #expect(!takesAnother)
        let takesIt = self.book.take(offer.id)
        #expect(takesIt)
        let takesItAgain = self.book.take(offer.id)
        #expect(!takesItAgain)
    }

    @Test mutating func anOfferThatEndedIsHonouredALittleLongerAndNotForEver() {
        let late = self.book.make(at: self.start, using: &self.generator)
        let tooLate = self.book.make(at: self.start, using: &self.generator)
        self.book.expire(at: self.start + .milliseconds(5500))
        #expect(self.book.count == 0)
        let takesLate = self.book.take(late.id)
        #expect(takesLate)
        self.book.expire(at: self.start + .milliseconds(7500))
        let takesTooLate = self.book.take(tooLate.id)
        #expect(!takesTooLate)
    }

    @Test mutating func validitiesDifferByChanceWithinTheirBounds() {
        var validities: Set<Duration> = []
        for _ in 0..<100 { validities.insert(self.book.make(at: self.start, using: &self.generator).validity) }
        let areWithinBounds = validities.allSatisfy { $0 >= .seconds(5) && $0 <= .milliseconds(5500) }
        #expect(areWithinBounds)
        #expect(validities.count > 50)
    }

    /// A broker that names offers which never were has others ended for it, as often as it likes.
    @Test mutating func renewalsWithoutEndTakeNoMemoryWithoutEnd() {
        var names: [String] = []
        for _ in 0..<OfferBook.maximumLapsed + 500 {
            names.append(self.book.make(at: self.start, using: &self.generator).id)
            self.book.expireOldest(at: self.start)
        }
        #expect(self.book.count == 0)
        var remembered = 0
        for name in names where self.book.take(name) { remembered += 1 }
        #expect(remembered == OfferBook.maximumLapsed)
    }
}
