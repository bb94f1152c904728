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
        let takesAnother = self.book.take("another", at: self.start)
        #expect(!takesAnother)
        let takesIt = self.book.take(offer.id, at: self.start)
        #expect(takesIt)
        let takesItAgain = self.book.take(offer.id, at: self.start)
        #expect(!takesItAgain)
    }

    @Test mutating func anOfferThatEndedIsHonouredALittleLongerAndNotForEver() {
        let late = self.book.make(at: self.start, using: &self.generator)
        let tooLate = self.book.make(at: self.start, using: &self.generator)
        self.book.expire(at: self.start + .milliseconds(5500))
        #expect(self.book.count == 0)
        let takesLate = self.book.take(late.id, at: self.start + .milliseconds(5500))
        #expect(takesLate)
        self.book.expire(at: self.start + .milliseconds(7500))
        let takesTooLate = self.book.take(tooLate.id, at: self.start + .milliseconds(7500))
        #expect(!takesTooLate)
    }

    @Test mutating func validitiesDifferByChanceWithinTheirBounds() {
        var validities: Set<Duration> = []
        for _ in 0..<100 { validities.insert(self.book.make(at: self.start, using: &self.generator).validity) }
        let areWithinBounds = validities.allSatisfy { $0 >= .seconds(5) && $0 <= .milliseconds(5500) }
        #expect(areWithinBounds)
        #expect(validities.count > 50)
    }

    @Test mutating func aLapsedOfferIsRefusedAtItsTimeWhateverStandsBeforeIt() {
        // Both are renewed early; the one that is renewed first is honoured longer.
        let long = OfferBook.Terms(validity: .seconds(9), jitter: .zero, lateness: .seconds(2))
        var book = OfferBook(long)
        let first = book.make(at: self.start, using: &self.generator)
        book.expireOldest(at: self.start)
        let second = book.make(at: self.start - .seconds(3), using: &self.generator)
        book.expireOldest(at: self.start)
        book.expire(at: self.start + .seconds(9))
        let takesSecond = book.take(second.id, at: self.start + .seconds(9))
        #expect(!takesSecond)
        let takesFirst = book.take(first.id, at: self.start + .seconds(9))
        #expect(takesFirst)
    }

    @Test mutating func theNextEndIsThatOfTheEarliestOpenOffer() {
        var ends: [(id: String, end: ContinuousClock.Instant)] = []
        for _ in 0..<200 {
            let offer = self.book.make(at: self.start, using: &self.generator)
            ends.append((offer.id, self.start + offer.validity))
        }
        ends.sort { $0.end < $1.end }
        while !ends.isEmpty {
            #expect(self.book.count == ends.count)
            #expect(self.book.nextEnd == ends[0].end)
            // Every third is taken from the middle, the others expire.
            if ends.count % 3 == 0 {
                let taken = ends.remove(at: ends.count / 2)
                let takes = self.book.take(taken.id, at: self.start)
                #expect(takes)
            } else {
                let now = ends[0].end
                self.book.expire(at: now)
                ends.removeAll { $0.end <= now }
            }
        }
        #expect(self.book.nextEnd == nil)
    }

    /// A task broker that names unknown offers has open ones renewed without limit.
    @Test mutating func theNumberOfRememberedOffersIsBounded() {
        var names: [String] = []
        for _ in 0..<OfferBook.maximumLapsed + 500 {
            names.append(self.book.make(at: self.start, using: &self.generator).id)
            self.book.expireOldest(at: self.start)
        }
        #expect(self.book.count == 0)
        var remembered = 0
        for name in names where self.book.take(name, at: self.start) { remembered += 1 }
        #expect(remembered == OfferBook.maximumLapsed)
    }
}
