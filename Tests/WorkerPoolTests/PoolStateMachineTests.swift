import Tasks
import Testing

@testable import WorkerPool

@Suite struct PoolStateMachineTests {
    typealias Machine = PoolStateMachine<String>

    private var generator = SystemRandomNumberGenerator()
    private let death = WorkerPoolError.worker("it died")

    /// Actions as short words, so that a script reads as one.
    private func words(_ actions: [Machine.Action]) -> [String] {
        actions.map { action in
            switch action {
            case .startServer(let id, let configuration, within: _):
                configuration.program == "first" ? "start \(id)" : "start \(id) with \(configuration.program)"
            case .abandonServer(let id): "abandon \(id)"
            case .startFailed(let error): "start failed: \(error)"
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

    /// What a reload changes is told by `name`.
    private func configuration(_ name: String = "first", warm: Int, forks: Int = 1000) -> WorkerPoolConfiguration {
        let policy = TaskPolicy(standardLibraryAllow: [], externalAllow: [], builtinsDeny: [])
        let limits = TaskLimits(memory: 1 << 28, cpu: .seconds(60), output: 1000, log: 10)
        return WorkerPoolConfiguration(
            program: name,
            worker: WorkerConfiguration(policy: policy, limits: limits),
            warmWorkers: warm,
            maximumWorkers: warm + 5,
            forksPerServer: forks
        )
    }

    private func serving(warm: Int, forks: Int = 1000) -> Machine {
        var machine = Machine(configuration: self.configuration(warm: warm, forks: forks))
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

    @Test mutating func whileHalfOfTheWorkersAreThereTheReplacementWaitsForItsTime() {
        var machine = self.serving(warm: 3)
        _ = machine.serverReady(ForkServerID(1))
        for number: UInt64 in 2...4 { _ = machine.workerReady(self.worker(number)) }
        #expect(self.submit(&machine, "a").1 == ["assign a to w4", "refill later"])
        #expect(machine.workerFinished(self.worker(4)).isEmpty)
        #expect(self.submit(&machine, "b").1 == ["assign b to w3"])
        // Control: one is less than half of three.
        #expect(words(machine.workerFinished(self.worker(3))) == ["fork w5 on fs1", "fork w6 on fs1"])
        #expect(machine.refillDue().isEmpty)
    }

    @Test mutating func theReplacementThatWaitedComesWhenItsTimeHasCome() {
        var machine = self.serving(warm: 2)
        _ = machine.serverReady(ForkServerID(1))
        for number: UInt64 in 2...3 { _ = machine.workerReady(self.worker(number)) }
        _ = self.submit(&machine, "a")
        #expect(machine.workerFinished(self.worker(3)).isEmpty)
        #expect(words(machine.refillDue()) == ["fork w4 on fs1"])
        // Nothing is scheduled for the next one before it is assigned, so none is forgotten.
        #expect(machine.workerReady(self.worker(4)).isEmpty)
        #expect(self.submit(&machine, "b").1 == ["assign b to w4", "refill later"])
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

    @Test mutating func aTaskThatIsCancelledOnItsWayToADeadWorkerIsGivenToNoOther() {
        var machine = self.serving(warm: 0)
        _ = machine.serverReady(ForkServerID(1))
        let id = self.submit(&machine, "a").0
        _ = machine.workerReady(self.worker(2))
        #expect(words(machine.stopRequested(id, for: .cancelled)) == ["stop task of w2, cancelled"])
        let lost = TaskFailure(.workerDied, message: "gone")
        #expect(words(machine.workerLostTask(self.worker(2), lost)) == ["fail a cancelled"])
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
        _ = machine.serverEnded(ForkServerID(1), self.death)
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
        #expect(words(machine.reloadRequested(self.configuration("next", warm: 1))) == ["start fs4 with next"])
        #expect(words(machine.serverReady(ForkServerID(4))) == ["discard w3", "fork w5 on fs4"])
        #expect(words(machine.workerFinished(self.worker(2))) == ["stop fs1"])
        #expect(machine.serverEnded(ForkServerID(1), self.death).isEmpty)
        #expect(machine.isServing)
    }

    @Test mutating func aReloadThatFailsChangesNothingThenOrLater() {
        var machine = self.serving(warm: 1)
        _ = machine.serverReady(ForkServerID(1))
        _ = machine.workerReady(self.worker(2))
        #expect(words(machine.reloadRequested(self.configuration("broken", warm: 9))) == ["start fs3 with broken"])
        // Not while it is being tried either.
        #expect(machine.refillDue().isEmpty)
        #expect(machine.serverEnded(ForkServerID(3), self.death).isEmpty)
        #expect(machine.refillDue().isEmpty)
        _ = machine.serverEnded(ForkServerID(1), self.death)
        #expect(words(machine.serverRestartDue()) == ["start fs4"])
        #expect(words(machine.serverReady(ForkServerID(4))) == ["fork w5 on fs4"])
    }

    @Test mutating func aReloadIsInForceFromWhenItServes() {
        var machine = self.serving(warm: 0)
        _ = machine.serverReady(ForkServerID(1))
        _ = machine.reloadRequested(self.configuration("next", warm: 2))
        #expect(words(machine.serverReady(ForkServerID(2))) == ["stop fs1", "fork w3 on fs2", "fork w4 on fs2"])
        _ = machine.serverEnded(ForkServerID(1), self.death)
        _ = machine.serverEnded(ForkServerID(2), self.death)
        #expect(words(machine.serverRestartDue()) == ["start fs5 with next"])
    }

    @Test mutating func aReloadBeforeAnyServerServesTakesItsPlaceAndIsTriedAgain() {
        var machine = self.serving(warm: 0)
        let next = self.configuration("next", warm: 0)
        #expect(words(machine.reloadRequested(next)) == ["stop fs1", "start fs2 with next"])
        // The one that was superseded is not missed.
        #expect(machine.serverEnded(ForkServerID(1), self.death).isEmpty)
        #expect(words(machine.serverEnded(ForkServerID(2), self.death)) == ["restart in \(Duration.zero)"])
        #expect(words(machine.serverRestartDue()) == ["start fs3 with next"])
    }

    @Test mutating func aPoolThatSomebodyWaitsForEndsWhenNothingIsLeftThatCouldServe() {
        var machine = Machine(configuration: self.configuration(warm: 0))
        #expect(words(machine.startRequested()) == ["start fs1"])
        let next = self.configuration("next", warm: 0)
        #expect(words(machine.reloadRequested(next)) == ["stop fs1", "start fs2 with next"])
        #expect(machine.serverEnded(ForkServerID(1), self.death).isEmpty)
        #expect(words(machine.serverEnded(ForkServerID(2), self.death)) == ["start failed: it died", "stopped"])
    }

    @Test mutating func aPoolThatSomebodyWaitedForGoesOnLikeAnyOther() {
        var machine = Machine(configuration: self.configuration(warm: 0))
        _ = machine.startRequested()
        _ = machine.serverReady(ForkServerID(1))
        machine.startResolved()
        #expect(
            words(machine.serverEnded(ForkServerID(1), self.death)) == ["restart in \(Duration.zero)"]
        )
    }

    @Test mutating func whoWaitsForAPoolThatIsStoppedHearsOfIt() {
        var machine = Machine(configuration: self.configuration(warm: 0))
        _ = machine.startRequested()
        #expect(words(machine.stopRequested()) == ["start failed: the service is stopping", "stop fs1"])
        #expect(words(machine.serverEnded(ForkServerID(1), self.death)) == ["stopped"])
    }

    @Test mutating func tasksDoNotWaitForEverForServersThatCannotStart() {
        var machine = self.serving(warm: 0)
        _ = self.submit(&machine, "a")
        var delays: [String] = []
        for number: UInt64 in 1...4 {
            delays += words(machine.serverEnded(ForkServerID(number), self.death))
            #expect(words(machine.serverRestartDue()) == ["start fs\(number + 1)"])
        }
        #expect(delays == [0, 100, 200, 400].map { "restart in \(Duration.milliseconds($0))" })
        #expect(
            words(machine.serverEnded(ForkServerID(5), self.death))
                == ["fail a worker_died", "restart in \(Duration.milliseconds(800))"]
        )
        // It goes on trying, and whoever comes later waits for the next.
        _ = machine.serverRestartDue()
        #expect(self.submit(&machine, "b").1.isEmpty)
        #expect(words(machine.serverReady(ForkServerID(6))) == ["fork w7 on fs6"])
    }

    @Test mutating func serversThatDieBeforeTheyHaveAWorkerCountAsServersThatCannotStart() {
        var machine = self.serving(warm: 0)
        _ = self.submit(&machine, "a")
        var all: [String] = []
        var server: UInt64 = 1
        for _ in 1...5 {
            #expect(words(machine.serverReady(ForkServerID(server))) == ["fork w\(server + 1) on fs\(server)"])
            all += words(machine.serverEnded(ForkServerID(server), self.death))
            _ = machine.serverRestartDue()
            server += 2
        }
        #expect(all.filter { $0.hasPrefix("fail") } == ["fail a worker_died"])
        #expect(all.last == "restart in \(Duration.milliseconds(800))")
    }

    @Test mutating func aServerThatHangsWhileItStartsIsEndedAndWhoWaitsForItFails() {
        var machine = self.serving(warm: 0)
        _ = self.submit(&machine, "a")
        #expect(words(machine.serverOverdue(ForkServerID(1))) == ["abandon fs1", "fail a worker_died"])
        _ = machine.serverEnded(ForkServerID(1), self.death)
        _ = machine.serverRestartDue()
        _ = machine.serverReady(ForkServerID(2))
        #expect(machine.serverOverdue(ForkServerID(2)).isEmpty)
        // While another serves, nobody waits for the one that is to follow.
        _ = machine.reloadRequested(self.configuration("slow", warm: 0))
        _ = self.submit(&machine, "b")
        #expect(words(machine.serverOverdue(ForkServerID(3))) == ["abandon fs3"])
    }

    @Test mutating func aSuccessorThatFailsIsTriedAgainEverMoreSlowlyWhileTheOldServerWorksOn() {
        var machine = self.serving(warm: 0, forks: 1)
        _ = machine.serverReady(ForkServerID(1))
        #expect(self.submit(&machine, "a").1 == ["fork w2 on fs1", "start fs3"])
        _ = machine.workerReady(self.worker(2))
        var delays: [String] = []
        var server: UInt64 = 3
        for _ in 1...3 {
            delays += words(machine.serverEnded(ForkServerID(server), self.death))
            // Work that goes on meanwhile neither starts another nor makes the next one come sooner.
            #expect(self.submit(&machine, "b").1 == ["fork w\(server + 1) on fs1"])
            _ = machine.workerReady(self.worker(server + 1))
            #expect(machine.workerFinished(self.worker(server + 1)).isEmpty)
            #expect(words(machine.serverRestartDue()) == ["start fs\(server + 2)"])
            server += 2
        }
        #expect(delays == [0, 100, 200].map { "restart in \(Duration.milliseconds($0))" })
    }

    @Test mutating func manyWorkersAreAskedForBitByBit() {
        var machine = self.serving(warm: 100)
        let first = words(machine.serverReady(ForkServerID(1)))
        #expect(first.count == 64)
        #expect(self.submit(&machine, "a").1.isEmpty)
        #expect(words(machine.workerReady(self.worker(2))) == ["assign a to w2", "fork w66 on fs1"])
        var ready: UInt64 = 3
        while ready <= 102 {
            let actions = words(machine.workerReady(self.worker(ready)))
            #expect(actions.count <= 1, "\(actions)")
            ready += 1
        }
        #expect(machine.counts().warmWorkers == 100)
        #expect(machine.counts().startingWorkers == 0)
        // Control: nothing more is asked for once all are there.
        #expect(machine.refillDue().isEmpty)
    }

    @Test mutating func aDeadServerIsReplacedAtOnceAndThenEverMoreSlowly() {
        var machine = self.serving(warm: 1)
        _ = machine.serverReady(ForkServerID(1))
        _ = machine.workerReady(self.worker(2))
        _ = self.submit(&machine, "a")
        #expect(
            self.words(machine.serverEnded(ForkServerID(1), self.death))
                == ["orphan w2", "restart in \(Duration.zero)"]
        )
        #expect(machine.isServing == false)
        #expect(words(machine.serverRestartDue()) == ["start fs3"])
        #expect(machine.serverRestartDue().isEmpty)
        let second = self.words(machine.serverEnded(ForkServerID(3), self.death))
        #expect(second == ["restart in \(Duration.milliseconds(100))"])
        _ = machine.serverRestartDue()
        _ = machine.serverReady(ForkServerID(4))
        _ = machine.workerReady(self.worker(5))
        #expect(words(machine.serverEnded(ForkServerID(4), self.death)).last == "restart in \(Duration.zero)")
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
        #expect(words(machine.serverEnded(ForkServerID(1), self.death)) == ["stopped"])
        var idle = Machine(configuration: self.configuration(warm: 0))
        #expect(self.words(idle.stopRequested()) == ["stopped"])
    }
}
