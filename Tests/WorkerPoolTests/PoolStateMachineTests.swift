import Tasks
import Testing

@testable import WorkerPool

@Suite struct PoolStateMachineTests {
    typealias Machine = PoolStateMachine<String>

    private var generator = SystemRandomNumberGenerator()

    /// Actions as short words, so that a script reads as one.
    private func words(_ actions: [Machine.Action]) -> [String] {
        actions.map { action in
            switch action {
            case .startServer(let id): "start \(id)"
            case .scheduleServerRestart(let delay): "restart in \(delay)"
            case .fork(let worker, let server): "fork \(worker) on \(server)"
            case .assign(let worker, let pending): "assign \(pending.job) to \(worker)"
            case .discard(let worker): "discard \(worker)"
            case .stopServer(let id): "stop \(id)"
            case .orphan(let worker): "orphan \(worker)"
            case .stopTask(let worker, let reason): "stop task of \(worker), \(reason)"
            case .fail(let pending, let failure): "fail \(pending.job) \(failure.kind.name)"
            case .scheduleRefill: "refill later"
            case .stopped: "stopped"
            }
        }
    }

    private func serving(warm: Int, forks: Int = 1000) -> Machine {
        var machine = Machine(settings: .init(warmWorkers: warm, forksPerServer: forks))
        #expect(words(machine.serverWanted()) == ["start fs1"])
        return machine
    }

    private func worker(_ number: UInt64) -> WorkerID { WorkerID(number: number) }

    private mutating func submit(_ machine: inout Machine, _ job: String) -> (TaskID, [String]) {
        let id = TaskID(using: &self.generator)
        return (id, self.words(machine.submitted(id, job)))
    }

    @Test mutating func aWarmWorkerGetsTheTaskAtOnceAndItsReplacementComesAfterTheOutcome() {
        var machine = self.serving(warm: 1)
        #expect(words(machine.serverReady(ForkServerID(1))) == ["fork w2 on fs1"])
        #expect(machine.workerReady(self.worker(2)).isEmpty)
        #expect(self.submit(&machine, "a").1 == ["assign a to w2", "refill later"])
        #expect(words(machine.workerFinished(self.worker(2))) == ["fork w3 on fs1"])
        #expect(machine.refillDue().isEmpty)
    }

    @Test mutating func aPreferredWorkerGetsTheTaskAndAnyOtherWhenNoneIs() {
        var machine = self.serving(warm: 3)
        _ = machine.serverReady(ForkServerID(1))
        for number: UInt64 in 2...4 { _ = machine.workerReady(self.worker(number)) }
        let first = machine.submitted(TaskID(using: &self.generator), "a") { $0 == self.worker(2) }
        #expect(self.words(first) == ["assign a to w2", "refill later"])
        let second = machine.submitted(TaskID(using: &self.generator), "b") { $0 == self.worker(2) }
        #expect(self.words(second) == ["assign b to w4"])
    }

    @Test mutating func aTaskThatTakesLongDoesNotKeepThePoolEmpty() {
        var machine = self.serving(warm: 1)
        _ = machine.serverReady(ForkServerID(1))
        _ = machine.workerReady(self.worker(2))
        _ = self.submit(&machine, "long")
        #expect(words(machine.refillDue()) == ["fork w3 on fs1"])
    }

    @Test mutating func aBurstForksWhatIsMissingAndEveryTaskGetsAWorker() {
        var machine = self.serving(warm: 1)
        _ = machine.serverReady(ForkServerID(1))
        #expect(self.submit(&machine, "a").1 == ["fork w3 on fs1"])
        #expect(self.submit(&machine, "b").1 == ["fork w4 on fs1"])
        #expect(words(machine.workerReady(self.worker(4))) == ["assign a to w4"])
        #expect(words(machine.workerReady(self.worker(2))) == ["assign b to w2"])
        #expect(machine.workerReady(self.worker(3)).isEmpty)
        #expect(machine.counts().warmWorkers == 1)
    }

    @Test mutating func tasksThatComeBeforeAnyServerServesAreKeptForIt() {
        var machine = self.serving(warm: 0)
        #expect(self.submit(&machine, "a").1.isEmpty)
        #expect(words(machine.serverReady(ForkServerID(1))) == ["fork w2 on fs1"])
        #expect(words(machine.workerReady(self.worker(2))) == ["assign a to w2"])
    }

    @Test mutating func aTaskThatNeverBeganIsGivenToAnotherWorkerOnce() {
        var machine = self.serving(warm: 0)
        _ = machine.serverReady(ForkServerID(1))
        _ = self.submit(&machine, "a")
        _ = machine.workerReady(self.worker(2))
        let lost = TaskFailure(.workerDied, message: "gone")
        #expect(words(machine.workerLostTask(self.worker(2), lost)) == ["fork w3 on fs1"])
        #expect(words(machine.workerReady(self.worker(3))) == ["assign a to w3"])
        #expect(words(machine.workerLostTask(self.worker(3), lost)) == ["fail a worker_died"])
    }

    @Test mutating func aWorkerThatDiedWhileATaskWasOnItsWayKeepsTheTask() {
        var machine = self.serving(warm: 1)
        _ = machine.serverReady(ForkServerID(1))
        _ = machine.workerReady(self.worker(2))
        _ = self.submit(&machine, "a")
        // Its owner saw the end before the assignment: the loss is reported when the assignment gets there.
        #expect(machine.workerGone(self.worker(2)).isEmpty)
        let lost = self.words(machine.workerLostTask(self.worker(2), TaskFailure(.workerDied, message: "")))
        #expect(lost == ["fork w3 on fs1", "fork w4 on fs1"])
        #expect(words(machine.workerReady(self.worker(3))) == ["assign a to w3"])
    }

    @Test mutating func workersThatCannotStartFailTheTasksInsteadOfForkingForEver() {
        var machine = self.serving(warm: 0)
        _ = machine.serverReady(ForkServerID(1))
        _ = self.submit(&machine, "a")
        #expect(words(machine.workerGone(self.worker(2))) == ["refill later"])
        #expect(words(machine.refillDue()) == ["fork w3 on fs1"])
        #expect(words(machine.workerGone(self.worker(3))) == ["refill later"])
        #expect(words(machine.refillDue()) == ["fork w4 on fs1"])
        #expect(words(machine.workerGone(self.worker(4))) == ["fail a worker_died", "refill later"])
        #expect(self.submit(&machine, "b").1 == ["fork w5 on fs1"])
        _ = machine.workerReady(self.worker(5))
        _ = machine.workerFinished(self.worker(5))
        _ = self.submit(&machine, "c")
        #expect(machine.workerGone(self.worker(6)).isEmpty)
        #expect(words(machine.refillDue()) == ["fork w7 on fs1"])
    }

    @Test mutating func workersThatFailTogetherFailOnceAndNoTaskIsLostToIt() {
        var machine = self.serving(warm: 4)
        _ = machine.serverReady(ForkServerID(1))
        _ = self.submit(&machine, "a")
        for number in 2...5 as ClosedRange<UInt64> {
            for word in words(machine.workerGone(self.worker(number))) {
                #expect(word == "refill later")
            }
        }
        _ = machine.serverEnded(ForkServerID(1))
        _ = machine.serverRestartDue()
        let restarted = words(machine.serverReady(ForkServerID(7)))
        #expect(restarted.count == 5, "\(restarted)")
    }

    @Test mutating func aNewServerTakesOverAndTheOldOneStaysForItsLastTask() {
        var machine = self.serving(warm: 1)
        _ = machine.serverReady(ForkServerID(1))
        _ = machine.workerReady(self.worker(2))
        _ = self.submit(&machine, "a")
        #expect(words(machine.refillDue()) == ["fork w3 on fs1"])
        _ = machine.workerReady(self.worker(3))
        #expect(words(machine.serverWanted()) == ["start fs4"])
        #expect(words(machine.serverReady(ForkServerID(4))) == ["discard w3", "fork w5 on fs4"])
        #expect(words(machine.workerFinished(self.worker(2))) == ["stop fs1"])
        #expect(machine.serverEnded(ForkServerID(1)).isEmpty)
        #expect(machine.isServing)
    }

    @Test mutating func aServerThatFailsToTakeOverChangesNothing() {
        var machine = self.serving(warm: 0)
        _ = machine.serverReady(ForkServerID(1))
        _ = machine.serverWanted()
        #expect(machine.serverEnded(ForkServerID(2)).isEmpty)
        #expect(self.submit(&machine, "a").1 == ["fork w3 on fs1"])
    }

    @Test mutating func aDeadServerIsReplacedAtOnceAndThenEverMoreSlowly() {
        var machine = self.serving(warm: 1)
        _ = machine.serverReady(ForkServerID(1))
        _ = machine.workerReady(self.worker(2))
        _ = self.submit(&machine, "a")
        #expect(
            self.words(machine.serverEnded(ForkServerID(1)))
                == ["orphan w2", "restart in \(Duration.zero)"]
        )
        #expect(machine.isServing == false)
        #expect(words(machine.serverRestartDue()) == ["start fs3"])
        #expect(machine.serverRestartDue().isEmpty)
        let second = self.words(machine.serverEnded(ForkServerID(3)))
        #expect(second == ["restart in \(Duration.milliseconds(100))"])
        _ = machine.serverRestartDue()
        _ = machine.serverReady(ForkServerID(4))
        #expect(words(machine.serverEnded(ForkServerID(4))).last == "restart in \(Duration.zero)")
    }

    @Test mutating func aServerIsReplacedAfterItsShareOfForks() {
        var machine = self.serving(warm: 0, forks: 2)
        _ = machine.serverReady(ForkServerID(1))
        #expect(self.submit(&machine, "a").1 == ["fork w2 on fs1"])
        #expect(self.submit(&machine, "b").1 == ["fork w3 on fs1", "start fs4"])
    }

    @Test mutating func aTaskIsStoppedWhereverItIs() {
        var machine = self.serving(warm: 0)
        let waiting = self.submit(&machine, "a").0
        #expect(words(machine.stopRequested(waiting, for: .cancelled)) == ["fail a cancelled"])
        _ = machine.serverReady(ForkServerID(1))
        let running = self.submit(&machine, "b").0
        _ = machine.workerReady(self.worker(2))
        #expect(words(machine.stopRequested(running, for: .shutdown)) == ["stop task of w2, shutdown"])
        #expect(machine.stopRequested(waiting, for: .cancelled).isEmpty)
    }

    @Test mutating func stoppingEndsWithTheLastServerAndTurnsLateTasksDown() {
        var machine = self.serving(warm: 0)
        #expect(words(machine.stopRequested()) == ["stop fs1"])
        #expect(self.submit(&machine, "a").1 == ["fail a cancelled"])
        #expect(words(machine.serverEnded(ForkServerID(1))) == ["stopped"])
        var idle = Machine(settings: .init(warmWorkers: 0, forksPerServer: 1))
        #expect(self.words(idle.stopRequested()) == ["stopped"])
    }
}
