import Tasks
import Testing

@testable import Dispatcher

@Suite struct DispatcherStateMachineTests {
    typealias Machine = DispatcherStateMachine<String>

    private static let start = ContinuousClock.now
    private var generator = SystemRandomNumberGenerator()
    /// Room for five answers of each user.
    private let memory = UserMemory(.init(perUser: 50, answer: 10))
    private let alice = Peer(uid: 1000, isPrivileged: false)
    private let bob = Peer(uid: 1001, isPrivileged: false)
    private let root = Peer(uid: 0, isPrivileged: true)

    private mutating func submit(
        _ machine: inout Machine,
        _ name: String,
        from peer: Peer,
        after seconds: Int = 0
    ) -> (id: TaskID, action: Machine.SubmitAction) {
        let id = TaskID(using: &self.generator)
        let now = Self.start + .seconds(seconds)
        let action = machine.submitted(
            id,
            name,
            label: name,
            mode: .allItems,
            from: peer,
            at: now,
            reserve: { self.memory.reserveAnswer(for: $0) }
        )
        return (id, action)
    }

    private func isWaiting(_ action: Machine.SubmitAction) -> Bool {
        if case .wait = action { true } else { false }
    }

    private func rejection(_ action: Machine.SubmitAction) -> Rejection? {
        if case .reject(let rejection) = action { rejection } else { nil }
    }

    @Test mutating func aUserRunsNoMoreThanItsShareWhateverIsFree() {
        var machine = Machine(capacity: 3, capacityPerUser: 2, queueLimit: 5)
        let names = ["a", "b", "c", "d"]
        let own = names.map { self.submit(&machine, $0, from: self.alice) }
        #expect(machine.runningCount == 2)
        #expect(machine.waitingCount == 2)
        // The third slot is another user's.
        guard case .start = self.submit(&machine, "other", from: self.bob).action else {
            Issue.record("the free slot was not used")
            return
        }
        // One of its own ends: the next one starts, before its answer is written and after.
        let started = machine.finished(own[0].id, at: Self.start, reserve: self.memory.reserveAnswer).start
        #expect(started.map(\.handle) == ["c"])
        let more = machine.answered(1000, at: Self.start, reserve: self.memory.reserveAnswer)
        #expect(more.isEmpty)
        #expect(machine.runningCount == 3)
    }

    @Test mutating func aNewShareHoldsForWaitingTasksAndEndsNone() {
        var machine = Machine(capacity: 4, capacityPerUser: 1, queueLimit: 5)
        let own = ["a", "b", "c", "d"].map { self.submit(&machine, $0, from: self.alice) }
        #expect(machine.runningCount == 1)
        machine.setCapacity(perUser: 3)
        let more = machine.resumed(at: Self.start, reserve: self.memory.reserveAnswer)
        #expect(more.map(\.handle) == ["b", "c"])
        // The control: nothing more may start.
        let none = machine.resumed(at: Self.start, reserve: self.memory.reserveAnswer)
        #expect(none.isEmpty && machine.waitingCount == 1)
        // A lower share: running tasks go on, and the next one starts when fewer run.
        machine.setCapacity(perUser: 2)
        #expect(machine.runningCount == 3)
        for (index, started) in [(0, []), (1, ["d"])] as [(Int, [String])] {
            _ = self.answered(&machine, self.alice)
            let action = machine.finished(own[index].id, at: Self.start, reserve: self.memory.reserveAnswer)
            #expect(action.start.map(\.handle) == started)
        }
        machine.setCapacity(perUser: nil)
        #expect(self.isWaiting(self.submit(&machine, "e", from: self.alice).action) == false)
        #expect(machine.runningCount == 3)
    }

    @Test mutating func tasksStartUpToTheCapacityThenWaitThenAreTurnedAway() {
        var machine = Machine(capacity: 2, queueLimit: 1)
        for name in ["a", "b"] {
            guard case .start(let entry) = self.submit(&machine, name, from: self.alice).action else {
                Issue.record("\(name) did not start")
                return
            }
            #expect(entry.handle == name)
        }
        let action1 = self.submit(&machine, "c", from: self.alice).action
        #expect(self.isWaiting(action1))
        let action2 = self.submit(&machine, "d", from: self.alice).action
        #expect(self.rejection(action2) == .queueFull(limit: 1))
        #expect(machine.runningCount == 2)
        #expect(machine.waitingCount == 1)
    }

    @Test mutating func aFreedSlotGoesToThePeerWithFewestRunningNotToTheLongestQueue() {
        var machine = Machine(capacity: 2, queueLimit: 10)
        let first = self.submit(&machine, "a1", from: self.alice)
        _ = self.submit(&machine, "a2", from: self.alice)
        _ = self.submit(&machine, "a3", from: self.alice)
        _ = self.submit(&machine, "b1", from: self.bob, after: 1)
        let action = machine.finished(first.id, at: Self.start + .seconds(2), reserve: self.memory.reserveAnswer)
        #expect(action.start.map(\.handle) == ["b1"])
    }

    @Test mutating func equalPeersTakeTurns() {
        var machine = Machine(capacity: 1, queueLimit: 10)
        var running = self.submit(&machine, "a0", from: self.alice).id
        for index in 1...3 {
            _ = self.submit(&machine, "a\(index)", from: self.alice)
        }
        for index in 1...3 {
            _ = self.submit(&machine, "b\(index)", from: self.bob)
        }
        var order: [String] = []
        for _ in 0..<6 {
            let owner = order.last?.hasPrefix("b") == true ? self.bob : self.alice
            #expect(self.answered(&machine, owner).isEmpty)
            let started = machine.finished(running, at: Self.start, reserve: self.memory.reserveAnswer).start
            #expect(started.count == 1)
            order += started.map(\.handle)
            running = started.first?.id ?? running
        }
        #expect(order == ["b1", "a1", "b2", "a2", "b3", "a3"])
    }

    @Test mutating func aPeerBelowItsShareGetsIntoAQueueThatAnotherFilled() {
        var machine = Machine(capacity: 1, queueLimit: 4)
        for index in 0..<5 {
            _ = self.submit(&machine, "a\(index)", from: self.alice)
        }
        let action3 = self.submit(&machine, "a5", from: self.alice).action
        #expect(self.rejection(action3) == .queueFull(limit: 4))
        let action4 = self.submit(&machine, "b1", from: self.bob).action
        #expect(self.isWaiting(action4))
        let action5 = self.submit(&machine, "b2", from: self.bob).action
        #expect(self.isWaiting(action5))
        let action6 = self.submit(&machine, "b3", from: self.bob).action
        #expect(self.rejection(action6) == .queueFull(limit: 4))
    }

    @Test mutating func peersSeeAndCancelTheirOwnTasksOnlyAndRootAll() {
        var machine = Machine(capacity: 1, queueLimit: 4)
        let running = self.submit(&machine, "a", from: self.alice)
        let queued = self.submit(&machine, "b", from: self.bob, after: 1)
        #expect(machine.tasks(visibleTo: self.alice, at: Self.start).map(\.id) == [running.id])
        let all = machine.tasks(visibleTo: self.root, at: Self.start + .seconds(3))
        #expect(all.map(\.state) == [.running, .queued])
        #expect(all.map(\.age) == [.seconds(3), .seconds(2)])
        guard case .unknown = machine.cancelled(running.id, by: self.bob) else {
            Issue.record("bob cancelled what is alice's")
            return
        }
        guard case .stop(running.id) = machine.cancelled(running.id, by: self.root) else {
            Issue.record("root could not cancel")
            return
        }
        guard case .finish(let entry) = machine.cancelled(queued.id, by: self.bob) else {
            Issue.record("bob could not cancel his own")
            return
        }
        #expect(entry.handle == "b")
        #expect(machine.waitingCount == 0)
    }

    @Test mutating func aCancelledTaskThatRunsHoldsItsSlotUntilItHasItsOutcome() {
        var machine = Machine(capacity: 1, queueLimit: 4)
        let first = self.submit(&machine, "a", from: self.alice)
        _ = machine.cancelled(first.id, by: self.alice)
        let action7 = self.submit(&machine, "b", from: self.alice).action
        #expect(self.isWaiting(action7))
        #expect(
            machine.finished(first.id, at: Self.start, reserve: self.memory.reserveAnswer).start.map(\.handle) == ["b"]
        )
        #expect(machine.finished(first.id, at: Self.start, reserve: self.memory.reserveAnswer).start.isEmpty)
    }

    /// The answers of tasks, as the dispatcher releases them.
    private func answered(_ machine: inout Machine, _ peer: Peer) -> [String] {
        self.memory.releaseAnswer(10, for: peer.uid)
        return machine.answered(peer.uid, at: Self.start, reserve: self.memory.reserveAnswer).map(\.handle)
    }

    @Test mutating func aUserWhoDoesNotReadItsAnswersWaitsAndTheOthersGoOn() {
        var machine = Machine(capacity: 2, queueLimit: 100)
        // Two slots, and two tasks more than these: the answers of four tasks may be unread.
        for index in 0..<4 {
            let (id, action) = self.submit(&machine, "a\(index)", from: self.alice)
            guard case .start = action else {
                Issue.record("a\(index) waits")
                return
            }
            #expect(machine.finished(id, at: Self.start, reserve: self.memory.reserveAnswer).start.isEmpty)
        }
        let next = self.submit(&machine, "a4", from: self.alice).action
        #expect(self.isWaiting(next))
        #expect(machine.runningCount == 0)
        // The control: another user's task starts, although one waits before it.
        let other = self.submit(&machine, "b", from: self.bob)
        guard case .start = other.action else {
            Issue.record("bob waits for alice")
            return
        }
        // One that comes later does not overtake the user's own.
        let later = self.submit(&machine, "a5", from: self.alice).action
        #expect(self.isWaiting(later))
        #expect(self.answered(&machine, self.alice) == ["a4"])
        #expect(machine.runningCount == 2)
    }

    @Test mutating func aTaskWaitsForTheMemoryOfItsUserAndTheOthersGoOn() {
        var machine = Machine(capacity: 10, queueLimit: 100)
        for index in 0..<5 {
            guard case .start = self.submit(&machine, "a\(index)", from: self.alice).action else {
                Issue.record("a\(index) waits")
                return
            }
        }
        let sixth = self.submit(&machine, "a5", from: self.alice)
        #expect(self.isWaiting(sixth.action))
        guard case .start = self.submit(&machine, "b", from: self.bob).action else {
            Issue.record("bob waits for alice's memory")
            return
        }
        guard case .finish = machine.cancelled(sixth.id, by: self.alice) else {
            Issue.record("a waiting task could not be cancelled")
            return
        }
        let seventh = self.submit(&machine, "a6", from: self.alice).action
        #expect(self.isWaiting(seventh))
        #expect(self.answered(&machine, self.alice) == ["a6"])
    }

    @Test mutating func drainingTurnsAwayWhatIsNewAndEndsWithTheLastOutcome() {
        var machine = Machine(capacity: 1, queueLimit: 4)
        let first = self.submit(&machine, "a", from: self.alice)
        let second = self.submit(&machine, "b", from: self.alice)
        let isIdle = machine.draining()
        #expect(isIdle == false)
        let action8 = self.submit(&machine, "c", from: self.root).action
        #expect(self.rejection(action8) == .draining)
        #expect(machine.finished(first.id, at: Self.start, reserve: self.memory.reserveAnswer).isDrained == false)
        #expect(machine.finished(second.id, at: Self.start, reserve: self.memory.reserveAnswer).isDrained)
        let isDrained = machine.draining()
        #expect(isDrained)
    }
}
