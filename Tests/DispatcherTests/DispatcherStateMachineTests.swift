import Tasks
import Testing

@testable import Dispatcher

@Suite struct DispatcherStateMachineTests {
    typealias Machine = DispatcherStateMachine<String>

    private static let start = ContinuousClock.now
    private var generator = SystemRandomNumberGenerator()
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
        return (id, machine.submitted(id, name, label: name, mode: .allItems, from: peer, at: now))
    }

    private func isWaiting(_ action: Machine.SubmitAction) -> Bool {
        if case .wait = action { true } else { false }
    }

    private func rejection(_ action: Machine.SubmitAction) -> Rejection? {
        if case .reject(let rejection) = action { rejection } else { nil }
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
        let action = machine.finished(first.id, at: Self.start + .seconds(2))
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
            let started = machine.finished(running, at: Self.start).start
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
        #expect(machine.finished(first.id, at: Self.start).start.map(\.handle) == ["b"])
        #expect(machine.finished(first.id, at: Self.start).start.isEmpty)
    }

    @Test mutating func drainingTurnsAwayWhatIsNewAndEndsWithTheLastOutcome() {
        var machine = Machine(capacity: 1, queueLimit: 4)
        let first = self.submit(&machine, "a", from: self.alice)
        let second = self.submit(&machine, "b", from: self.alice)
        let isIdle = machine.draining()
        #expect(isIdle == false)
        let action8 = self.submit(&machine, "c", from: self.root).action
        #expect(self.rejection(action8) == .draining)
        #expect(machine.finished(first.id, at: Self.start).isDrained == false)
        #expect(machine.finished(second.id, at: Self.start).isDrained)
        let isDrained = machine.draining()
        #expect(isDrained)
    }
}
