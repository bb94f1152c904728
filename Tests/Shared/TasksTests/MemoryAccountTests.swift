import Synchronization
import Tasks
import Testing

@Suite struct MemoryAccountTests {
    private var account = MemoryAccount(.init(perUser: 100, answer: 30))

    @Test mutating func requestsAreKeptUpToTheBoundLessOneAnswer() {
        #expect(self.account.take(69, for: 1) == true)
        #expect(self.account.take(1, for: 1) == true)
        #expect(self.account.take(1, for: 1) == false)
        #expect(self.account.kept(for: 1) == 70)
        // The control: another user has an account of its own.
        #expect(self.account.take(70, for: 2) == true)
        self.account.release(1, for: 1)
        #expect(self.account.take(1, for: 1) == true)
    }

    @Test mutating func answersWaitForRoomAndTheFirstOneNeverDoes() {
        #expect(self.account.take(70, for: 1) == true)
        #expect(self.account.reserveAnswer(for: 1) == 30)
        #expect(self.account.reserveAnswer(for: 1) == nil)
        self.account.release(30, for: 1)
        #expect(self.account.reserveAnswer(for: 1) == 30)
        #expect(self.account.reserveAnswer(for: 1) == nil)
        self.account.releaseAnswer(30, for: 1)
        #expect(self.account.reserveAnswer(for: 1) == 30)
        #expect(self.account.kept(for: 1) == 100)
    }

    @Test mutating func answersLeaveRequestsTheRest() {
        for _ in 0..<3 { #expect(self.account.reserveAnswer(for: 1) == 30) }
        #expect(self.account.reserveAnswer(for: 1) == nil)
        #expect(self.account.take(10, for: 1) == true)
        #expect(self.account.take(1, for: 1) == false)
        for _ in 0..<3 { self.account.releaseAnswer(30, for: 1) }
        #expect(self.account.take(60, for: 1) == true)
    }

    @Test mutating func aUserThatHasNothingIsForgotten() {
        #expect(self.account.take(5, for: 1) == true)
        #expect(self.account.reserveAnswer(for: 1) == 30)
        self.account.release(5, for: 1)
        #expect(self.account.kept(for: 1) == 30)
        self.account.releaseAnswer(30, for: 1)
        #expect(self.account.kept(for: 1) == 0)
    }

    @Test mutating func loweredLimitsHoldForWhatIsKeptFromThenOn() {
        #expect(self.account.take(70, for: 1) == true)
        self.account.limits = .init(perUser: 50, answer: 20)
        #expect(self.account.take(1, for: 1) == false)
        // The user's tasks go on, one at a time.
        #expect(self.account.reserveAnswer(for: 1) == 20)
        #expect(self.account.reserveAnswer(for: 1) == nil)
        self.account.releaseAnswer(20, for: 1)
        self.account.release(70, for: 1)
        #expect(self.account.take(30, for: 1) == true)
        #expect(self.account.take(1, for: 1) == false)
    }

    @Test func theLargestNumbersDoNotOverflow() {
        var account = MemoryAccount(.init(perUser: .max, answer: 1))
        #expect(account.take(.max - 1, for: 1) == true)
        #expect(account.take(.max, for: 1) == false)
        #expect(TaskLimits(memory: 0, cpu: .zero, output: .max, log: 1).answerMemory == .max)
        #expect(TaskLimits(memory: 0, cpu: .zero, output: 0, log: .max).answerMemory == .max)
        #expect(TaskLimits(memory: 0, cpu: .zero, output: 10, log: 1).answerMemory == 28)
    }

    @Test func aReservationIsReleasedOnceAndAtTheLatestWithItsLastHolder() {
        let count = Counter()
        var reservation: AnswerReservation? = AnswerReservation { count.increment() }
        reservation?.release()
        reservation?.release()
        #expect(count.value == 1)
        reservation = AnswerReservation { count.increment() }
        #expect(count.value == 1)
        reservation = nil
        #expect(count.value == 2)
    }
}

private final class Counter: Sendable {
    private let count = Atomic(0)
    var value: Int { self.count.load(ordering: .relaxed) }
    func increment() { self.count.add(1, ordering: .relaxed) }
}
