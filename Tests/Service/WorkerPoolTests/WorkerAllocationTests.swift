import Tasks
import Testing

@testable import WorkerPool

@Suite struct WorkerAllocationTests {
    typealias Machine = WorkerAllocation<String>

    private let first = ForkServerID(1)
    private let second = ForkServerID(2)
    private let lost = TaskFailure(.workerDied, message: "gone")
    private var generator = SystemRandomNumberGenerator()

    /// Actions as short words, so that a script reads as one.
    private func words(_ actions: [Machine.Action]) -> [String] {
        actions.compactMap { action in
            switch action {
            case .worker(let action): action.words
            case .serverUnused(let server): "unused \(server)"
            case .workerBecameReady: nil
            }
        }
    }

    private func serving(warm: Int) -> Machine {
        var machine = Machine()
        let forks = words(machine.serve(on: self.first, warmWorkers: warm))
        #expect(forks == (0..<min(warm, 64)).map { "fork w\($0 + 1) on fs1" })
        return machine
    }

    private func worker(_ number: UInt64) -> WorkerID { WorkerID(number: number) }

    private mutating func submit(_ machine: inout Machine, _ job: String) -> (TaskID, [String]) {
        let id = TaskID(using: &self.generator)
        return (id, self.words(machine.submitted(PendingTask(id: id, job: job))))
    }

    // MARK: Refills

    @Test mutating func aWarmWorkerGetsTheTaskAtOnceAndItsReplacementComesAfterTheOutcome() {
        var machine = self.serving(warm: 1)
        #expect(words(machine.workerReady(self.worker(1))).isEmpty)
        #expect(self.submit(&machine, "a").1 == ["assign a to w1", "refill later"])
        #expect(words(machine.workerFinished(self.worker(1))) == ["fork w2 on fs1"])
        #expect(machine.refillDue().isEmpty)
    }

    @Test mutating func whileHalfOfTheWorkersAreWarmTheReplacementWaitsForTheTimer() {
        var machine = self.serving(warm: 3)
        for number: UInt64 in 1...3 { _ = machine.workerReady(self.worker(number)) }
        #expect(self.submit(&machine, "a").1 == ["assign a to w3", "refill later"])
        #expect(machine.workerFinished(self.worker(3)).isEmpty)
        #expect(self.submit(&machine, "b").1 == ["assign b to w2"])
        // Control: one is less than half of three.
        #expect(words(machine.workerFinished(self.worker(2))) == ["fork w4 on fs1", "fork w5 on fs1"])
        #expect(machine.refillDue().isEmpty)
    }

    @Test mutating func theReplacementThatWaitedIsForkedByTheTimer() {
        var machine = self.serving(warm: 2)
        for number: UInt64 in 1...2 { _ = machine.workerReady(self.worker(number)) }
        _ = self.submit(&machine, "a")
        #expect(machine.workerFinished(self.worker(2)).isEmpty)
        #expect(words(machine.refillDue()) == ["fork w3 on fs1"])
        // The next assignment schedules a refill again.
        #expect(words(machine.workerReady(self.worker(3))).isEmpty)
        #expect(self.submit(&machine, "b").1 == ["assign b to w3", "refill later"])
    }

    @Test mutating func aTaskThatTakesLongDoesNotKeepThePoolEmpty() {
        var machine = self.serving(warm: 1)
        _ = machine.workerReady(self.worker(1))
        _ = self.submit(&machine, "long")
        #expect(words(machine.refillDue()) == ["fork w2 on fs1"])
    }

    @Test mutating func aBurstForksWhatIsMissingAndEveryTaskGetsAWorker() {
        var machine = self.serving(warm: 1)
        #expect(self.submit(&machine, "a").1 == ["fork w2 on fs1"])
        #expect(self.submit(&machine, "b").1 == ["fork w3 on fs1"])
        #expect(words(machine.workerReady(self.worker(3))) == ["assign a to w3"])
        #expect(words(machine.workerReady(self.worker(1))) == ["assign b to w1"])
        #expect(words(machine.workerReady(self.worker(2))).isEmpty)
        #expect(machine.counts().warm == 1)
    }

    @Test mutating func atMost64WorkersStartAtATime() {
        var machine = self.serving(warm: 100)
        #expect(machine.counts().starting == 64)
        #expect(self.submit(&machine, "a").1.isEmpty)
        #expect(words(machine.workerReady(self.worker(1))) == ["assign a to w1", "fork w65 on fs1"])
        for number: UInt64 in 2...101 {
            let actions = words(machine.workerReady(self.worker(number)))
            #expect(actions.count <= 1, "\(actions)")
        }
        #expect(machine.counts().warm == 100)
        #expect(machine.counts().starting == 0)
        // Control: no worker is missing, so that nothing is forked.
        #expect(machine.refillDue().isEmpty)
    }

    // MARK: Assignments

    @Test mutating func aPreferredWorkerGetsTheTaskAndTheNewestIfThereIsNoPreferredOne() {
        var machine = self.serving(warm: 3)
        for number: UInt64 in 1...3 { _ = machine.workerReady(self.worker(number)) }
        let preferred = self.worker(1)
        let a = PendingTask(id: TaskID(using: &self.generator), job: "a")
        #expect(words(machine.submitted(a) { $0 == preferred }) == ["assign a to w1", "refill later"])
        let b = PendingTask(id: TaskID(using: &self.generator), job: "b")
        #expect(words(machine.submitted(b) { $0 == preferred }) == ["assign b to w3"])
    }

    @Test mutating func tasksThatComeBeforeAnyServerServesWaitForIt() {
        var machine = Machine()
        #expect(self.submit(&machine, "a").1.isEmpty)
        #expect(words(machine.serve(on: self.first, warmWorkers: 0)) == ["fork w1 on fs1"])
        #expect(words(machine.workerReady(self.worker(1))) == ["assign a to w1"])
    }

    @Test mutating func aTaskThatNeverBeganIsGivenToAnotherWorkerOnce() {
        var machine = self.serving(warm: 0)
        _ = self.submit(&machine, "a")
        _ = machine.workerReady(self.worker(1))
        #expect(words(machine.workerLostTask(self.worker(1), self.lost)) == ["fork w2 on fs1"])
        #expect(words(machine.workerReady(self.worker(2))) == ["assign a to w2"])
        #expect(words(machine.workerLostTask(self.worker(2), self.lost)) == ["fail a worker_died"])
    }

    @Test mutating func aTaskThatIsCancelledOnItsWayToADeadWorkerIsGivenToNoOther() {
        var machine = self.serving(warm: 0)
        let id = self.submit(&machine, "a").0
        _ = machine.workerReady(self.worker(1))
        #expect(words(machine.stopTask(id, for: .cancelled)) == ["stop task of w1, cancelled"])
        #expect(words(machine.workerLostTask(self.worker(1), self.lost)) == ["fail a cancelled"])
    }

    @Test mutating func aWorkerThatDiedWhileATaskWasOnItsWayKeepsTheTask() {
        var machine = self.serving(warm: 1)
        _ = machine.workerReady(self.worker(1))
        _ = self.submit(&machine, "a")
        // Its connection saw the end before the assignment, and reports the loss when the assignment arrives.
        #expect(machine.workerGone(self.worker(1), at: .now).isEmpty)
        let forks = words(machine.workerLostTask(self.worker(1), self.lost))
        #expect(forks == ["fork w2 on fs1", "fork w3 on fs1"])
        #expect(words(machine.workerReady(self.worker(2))) == ["assign a to w2"])
    }

    @Test mutating func aTaskIsStoppedWhetherItWaitsOrRuns() {
        var machine = Machine()
        let waiting = self.submit(&machine, "a").0
        #expect(words(machine.stopTask(waiting, for: .cancelled)) == ["fail a cancelled"])
        _ = machine.serve(on: self.first, warmWorkers: 0)
        let running = self.submit(&machine, "b").0
        _ = machine.workerReady(self.worker(1))
        #expect(words(machine.stopTask(running, for: .shutdown)) == ["stop task of w1, shutdown"])
        #expect(machine.stopTask(waiting, for: .cancelled).isEmpty)
    }

    @Test mutating func afterAStopWaitingAndLaterTasksFail() {
        var machine = Machine()
        _ = self.submit(&machine, "a")
        #expect(words(machine.stop()) == ["fail a cancelled"])
        #expect(self.submit(&machine, "b").1 == ["fail b cancelled"])
    }

    // MARK: Failures

    @Test mutating func workersThatCannotStartFailTheTasksInsteadOfForkingForEver() {
        var machine = self.serving(warm: 0)
        _ = self.submit(&machine, "a")
        let start = ContinuousClock.now
        // The failures have not lasted long enough until the fourth.
        for number: UInt64 in 1...3 {
            #expect(words(machine.workerGone(self.worker(number), at: start)) == ["refill later"])
            #expect(words(machine.refillDue()) == ["fork w\(number + 1) on fs1"])
        }
        let late = start + WorkerStartFailures.patience
        #expect(words(machine.workerGone(self.worker(4), at: late)) == ["fail a worker_died", "refill later"])
        #expect(self.submit(&machine, "b").1 == ["fork w5 on fs1"])
        _ = machine.workerReady(self.worker(5))
        _ = machine.workerFinished(self.worker(5))
        // A ready worker resets the count.
        _ = self.submit(&machine, "c")
        #expect(machine.workerGone(self.worker(6), at: late).isEmpty)
        #expect(words(machine.refillDue()) == ["fork w7 on fs1"])
    }

    @Test mutating func twoFailuresFailNoTaskHoweverLongTheyTake() {
        var machine = self.serving(warm: 0)
        _ = self.submit(&machine, "a")
        let start = ContinuousClock.now
        for number: UInt64 in 1...2 {
            let now = start + WorkerStartFailures.patience * Int(number)
            #expect(words(machine.workerGone(self.worker(number), at: now)) == ["refill later"])
            _ = machine.refillDue()
        }
        // Control: the third does.
        let late = start + WorkerStartFailures.patience * 3
        #expect(words(machine.workerGone(self.worker(3), at: late)) == ["fail a worker_died", "refill later"])
    }

    @Test mutating func workersThatFailTogetherCountAsOneFailureAndNoTaskIsLost() {
        var machine = self.serving(warm: 4)
        _ = self.submit(&machine, "a")
        for number: UInt64 in 1...4 {
            for word in words(machine.workerGone(self.worker(number), at: .now)) {
                #expect(word == "refill later")
            }
        }
        #expect(words(machine.serverEnded(self.first)) == ["orphan w5"])
        #expect(words(machine.serve(on: self.second, warmWorkers: 4)).count == 5)
    }

    // MARK: Several fork servers

    @Test mutating func aNewServerTakesOverAndTheOldOneIsUnusedAfterItsLastTask() {
        var machine = self.serving(warm: 1)
        _ = machine.workerReady(self.worker(1))
        _ = self.submit(&machine, "a")
        #expect(words(machine.refillDue()) == ["fork w2 on fs1"])
        _ = machine.workerReady(self.worker(2))
        #expect(words(machine.serve(on: self.second, warmWorkers: 1)) == ["discard w2", "fork w3 on fs2"])
        #expect(words(machine.workerFinished(self.worker(1))) == ["unused fs1"])
    }

    @Test mutating func aServerWithoutWorkersIsUnusedAtOnce() {
        var machine = self.serving(warm: 0)
        #expect(
            words(machine.serve(on: self.second, warmWorkers: 2)) == ["unused fs1", "fork w1 on fs2", "fork w2 on fs2"]
        )
    }

    @Test mutating func aWorkerThatIsReadyAfterItsServerWasReplacedIsDiscarded() {
        var machine = self.serving(warm: 1)
        _ = machine.serve(on: self.second, warmWorkers: 0)
        #expect(words(machine.workerReady(self.worker(1))) == ["discard w1", "unused fs1"])
    }

    @Test mutating func aServersEndOrphansItsWorkersAndNoneOfAnother() {
        var machine = self.serving(warm: 1)
        _ = machine.workerReady(self.worker(1))
        _ = self.submit(&machine, "a")
        _ = machine.serve(on: self.second, warmWorkers: 1)
        #expect(words(machine.serverEnded(self.first)) == ["orphan w1"])
        #expect(machine.counts().starting == 1)
        // The busy worker stays until its connection reports the end of the task.
        #expect(machine.counts().busy == 1)
        _ = machine.workerFinished(self.worker(1))
        #expect(machine.counts().busy == 0)
    }
}
