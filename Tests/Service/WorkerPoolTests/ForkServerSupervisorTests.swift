import Tasks
import Testing

@testable import WorkerPool

@Suite struct ForkServerSupervisorTests {
    private let death = PoolFixtures.death
    private let shortage = PoolFixtures.shortage

    /// Actions as short words, so that a script reads as one.
    private func words(_ actions: [ForkServerSupervisor.Action]) -> [String] {
        actions.map { action in
            switch action {
            case .start(let id, let configuration, within: _):
                configuration.program == "first" ? "start \(id)" : "start \(id) with \(configuration.program)"
            case .abandon(let id): "abandon \(id)"
            case .stop(let id): "stop \(id)"
            case .scheduleRestart(let delay): "restart in \(delay)"
            case .serve(let id, let warmWorkers): "serve on \(id), \(warmWorkers) warm"
            case .failWaitingTasks: "fail waiting"
            case .startFailed(let error): "start failed: \(error)"
            case .reloadEnded(let reload, let error):
                "reload \(reload.number) \(error.map { "failed: \($0)" } ?? "serves")"
            case .stopWorkers: "stop workers"
            case .stopped: "stopped"
            }
        }
    }

    private func configuration(_ name: String = "first", warm: Int = 0, forks: Int = 1000) -> WorkerPoolConfiguration {
        PoolFixtures.configuration(name, warm: warm, forks: forks)
    }

    private func starting(forks: Int = 1000) -> ForkServerSupervisor {
        var machine = ForkServerSupervisor(configuration: self.configuration(forks: forks))
        #expect(words(machine.startUnawaited()) == ["start fs1"])
        return machine
    }

    private func serving(forks: Int = 1000) -> ForkServerSupervisor {
        var machine = self.starting(forks: forks)
        #expect(words(machine.ready(ForkServerID(1))) == ["serve on fs1, 0 warm"])
        return machine
    }

    // MARK: Reloads

    @Test func aReloadEndsOnceWhenItServesFailsIsReplacedOrThePoolStops() {
        let (one, two) = (ReloadID(number: 1), ReloadID(number: 2))
        var machine = self.serving()
        _ = machine.reload(self.configuration("second"), as: one)
        #expect(words(machine.ready(ForkServerID(2))) == ["serve on fs2, 0 warm", "reload 1 serves"])
        #expect(words(machine.ended(ForkServerID(2), self.death)) == ["restart in 0.0 seconds"])
        _ = machine.restartDue()
        _ = machine.ready(ForkServerID(3))

        _ = machine.reload(self.configuration("third"), as: one)
        #expect(words(machine.ended(ForkServerID(4), self.death)) == ["reload 1 failed: \(self.death)"])

        _ = machine.reload(self.configuration("fourth"), as: one)
        #expect(
            words(machine.reload(self.configuration("fifth"), as: two))
                == ["reload 1 failed: a later reload replaced it", "stop fs5", "start fs6 with fifth"]
        )
        #expect(words(machine.stop()).first == "reload 2 failed: the service is stopping")
        #expect(words(machine.ended(ForkServerID(6), self.death)) == [])
        #expect(
            words(machine.reload(self.configuration("sixth"), as: one)) == ["reload 1 failed: the service is stopping"]
        )
    }

    @Test func aReloadThatIsTriedAgainEndsWithItsLastTry() {
        var machine = self.serving()
        _ = machine.reload(self.configuration("second"), as: ReloadID(number: 1))
        #expect(words(machine.ended(ForkServerID(2), self.shortage)) == ["restart in 0.0 seconds"])
        #expect(words(machine.restartDue()) == ["start fs3 with second"])
        #expect(words(machine.ready(ForkServerID(3))) == ["serve on fs3, 0 warm", "reload 1 serves"])
    }

    @Test func aReloadThatTheMachineHadNoThreadForIsTriedAgainWithItsConfiguration() {
        var machine = self.serving()
        machine.workerBecameReady(on: ForkServerID(1))
        #expect(words(machine.reload(self.configuration("second"))) == ["start fs2 with second"])
        #expect(words(machine.ended(ForkServerID(2), self.shortage)) == ["restart in 0.0 seconds"])
        #expect(words(machine.restartDue()) == ["start fs3 with second"])
        #expect(words(machine.ended(ForkServerID(3), self.shortage)) == ["restart in 0.1 seconds"])
        #expect(machine.isServing)
        #expect(machine.workerForked().isEmpty)
        #expect(words(machine.restartDue()) == ["start fs4 with second"])
        #expect(words(machine.ready(ForkServerID(4))) == ["serve on fs4, 0 warm"])
        // The next restart has another reason, and uses the configuration in force.
        #expect(words(machine.ended(ForkServerID(4), self.death)) == ["restart in 0.2 seconds"])
        #expect(words(machine.restartDue()) == ["start fs5 with second"])
    }

    @Test func aReloadIsNotTriedAgainAfterAnotherReloadOrItsOwnFault() {
        var machine = self.serving()
        _ = machine.reload(self.configuration("second"))
        #expect(words(machine.ended(ForkServerID(2), self.shortage)) == ["restart in 0.0 seconds"])
        #expect(words(machine.reload(self.configuration("third"))) == ["start fs3 with third"])
        #expect(machine.restartDue().isEmpty)
        #expect(words(machine.ended(ForkServerID(3), self.shortage)) == ["restart in 0.1 seconds"])
        #expect(words(machine.restartDue()) == ["start fs4 with third"])
        #expect(machine.ended(ForkServerID(4), self.death).isEmpty)
        #expect(machine.restartDue().isEmpty)
    }

    @Test func aReloadThatFailsChangesNothingThenOrLater() {
        var machine = self.serving()
        #expect(words(machine.reload(self.configuration("broken", warm: 9))) == ["start fs2 with broken"])
        #expect(machine.ended(ForkServerID(2), self.death).isEmpty)
        #expect(words(machine.ended(ForkServerID(1), self.death)) == ["restart in 0.0 seconds"])
        #expect(words(machine.restartDue()) == ["start fs3"])
        #expect(words(machine.ready(ForkServerID(3))) == ["serve on fs3, 0 warm"])
    }

    @Test func aReloadIsInForceWhenItsServerIsReady() {
        var machine = self.serving()
        _ = machine.reload(self.configuration("next", warm: 2))
        #expect(words(machine.ready(ForkServerID(2))) == ["serve on fs2, 2 warm"])
        #expect(words(machine.unused(ForkServerID(1))) == ["stop fs1"])
        #expect(machine.ended(ForkServerID(1), self.death).isEmpty)
        _ = machine.ended(ForkServerID(2), self.death)
        #expect(words(machine.restartDue()) == ["start fs3 with next"])
    }

    @Test func aReloadBeforeAnyServerIsReadySupersedesTheFirstAndIsTriedAgain() {
        var machine = self.starting()
        #expect(words(machine.reload(self.configuration("next"))) == ["stop fs1", "start fs2 with next"])
        // The end of the superseded one needs no restart, and it cannot become ready any more.
        #expect(machine.ready(ForkServerID(1)).isEmpty)
        #expect(machine.ended(ForkServerID(1), self.death).isEmpty)
        #expect(words(machine.ended(ForkServerID(2), self.death)) == ["restart in 0.0 seconds"])
        #expect(words(machine.restartDue()) == ["start fs3 with next"])
    }

    @Test func onlyAServerThatWasReplacedIsStoppedWhenItIsUnused() {
        var machine = self.serving()
        #expect(machine.unused(ForkServerID(1)).isEmpty)
        _ = machine.reload(self.configuration("next"))
        _ = machine.ready(ForkServerID(2))
        #expect(words(machine.unused(ForkServerID(1))) == ["stop fs1"])
        _ = machine.ended(ForkServerID(1), self.death)
        #expect(machine.unused(ForkServerID(1)).isEmpty)
        #expect(machine.isServing)
    }

    // MARK: Awaited starts

    @Test func anAwaitedStartEndsThePoolWhenNothingIsLeftThatCouldServe() {
        var machine = ForkServerSupervisor(configuration: self.configuration())
        #expect(words(machine.startAwaited()) == ["start fs1"])
        #expect(words(machine.reload(self.configuration("next"))) == ["stop fs1", "start fs2 with next"])
        #expect(machine.ended(ForkServerID(1), self.death).isEmpty)
        #expect(
            words(machine.ended(ForkServerID(2), self.death)) == ["start failed: it died", "stop workers", "stopped"]
        )
    }

    @Test func aPoolWhoseStartIsResolvedRestartsItsServer() {
        var machine = ForkServerSupervisor(configuration: self.configuration())
        _ = machine.startAwaited()
        _ = machine.ready(ForkServerID(1))
        machine.startResolved()
        #expect(words(machine.ended(ForkServerID(1), self.death)) == ["restart in 0.0 seconds"])
    }

    @Test func theCallerThatWaitsForTheStartIsToldOfAStop() {
        var machine = ForkServerSupervisor(configuration: self.configuration())
        _ = machine.startAwaited()
        #expect(words(machine.stop()) == ["start failed: the service is stopping", "stop workers", "stop fs1"])
        #expect(words(machine.ended(ForkServerID(1), self.death)) == ["stopped"])
        // And so is one that comes later.
        #expect(words(machine.startAwaited()) == ["start failed: the service is stopping"])
    }

    // MARK: Restarts

    @Test func waitingTasksFailWhenServersCannotStart() {
        var machine = self.starting()
        var delays: [String] = []
        for number: UInt64 in 1...4 {
            delays += words(machine.ended(ForkServerID(number), self.death))
            #expect(words(machine.restartDue()) == ["start fs\(number + 1)"])
        }
        #expect(delays == [0, 100, 200, 400].map { "restart in \(Duration.milliseconds($0))" })
        #expect(
            words(machine.ended(ForkServerID(5), self.death)) == ["fail waiting", "restart in 0.8 seconds"]
        )
        // Restarts go on.
        #expect(words(machine.restartDue()) == ["start fs6"])
        #expect(words(machine.ready(ForkServerID(6))) == ["serve on fs6, 0 warm"])
    }

    @Test func serversThatEndBeforeTheyHaveAReadyWorkerCountAsServersThatCannotStart() {
        var machine = self.starting()
        var all: [String] = []
        for number: UInt64 in 1...5 {
            _ = machine.ready(ForkServerID(number))
            all += words(machine.ended(ForkServerID(number), self.death))
            _ = machine.restartDue()
        }
        #expect(all.suffix(2) == ["fail waiting", "restart in 0.8 seconds"])
        #expect(all.count { $0 == "fail waiting" } == 1)
    }

    @Test func aServerIsRestartedAtOnceAndThenEverMoreSlowly() {
        var machine = self.serving()
        machine.workerBecameReady(on: ForkServerID(1))
        #expect(words(machine.ended(ForkServerID(1), self.death)) == ["restart in 0.0 seconds"])
        #expect(machine.isServing == false)
        #expect(words(machine.restartDue()) == ["start fs2"])
        #expect(machine.restartDue().isEmpty)
        #expect(words(machine.ended(ForkServerID(2), self.death)) == ["restart in 0.1 seconds"])
        _ = machine.restartDue()
        _ = machine.ready(ForkServerID(3))
        // A ready worker resets the delay.
        machine.workerBecameReady(on: ForkServerID(3))
        #expect(words(machine.ended(ForkServerID(3), self.death)) == ["restart in 0.0 seconds"])
    }

    @Test func theDelayIsBounded() {
        var backoff = ForkServerRestartBackoff()
        let delays = (1...100).map { _ in backoff.serverEnded() }
        #expect(delays[6] == .milliseconds(3200))
        #expect(delays[7...].allSatisfy { $0 == ForkServerRestartBackoff.maximumDelay })
    }

    @Test func aServerThatHangsWhileItStartsIsEndedAndWaitingTasksFail() {
        var machine = self.starting()
        #expect(words(machine.overdue(ForkServerID(1))) == ["abandon fs1", "fail waiting"])
        _ = machine.ended(ForkServerID(1), self.death)
        _ = machine.restartDue()
        _ = machine.ready(ForkServerID(2))
        #expect(machine.overdue(ForkServerID(2)).isEmpty)
        // While another one serves, no task waits for the one that hangs.
        _ = machine.reload(self.configuration("slow"))
        #expect(words(machine.overdue(ForkServerID(3))) == ["abandon fs3"])
    }

    @Test func aServerIsReplacedAfterItsShareOfForks() {
        var machine = self.serving(forks: 2)
        #expect(machine.workerForked().isEmpty)
        #expect(words(machine.workerForked()) == ["start fs2"])
        #expect(machine.workerForked().isEmpty)
    }

    @Test func aReplacementThatFailsIsTriedAgainEverMoreSlowlyWhileTheOldServerServes() {
        var machine = self.serving(forks: 1)
        #expect(words(machine.workerForked()) == ["start fs2"])
        machine.workerBecameReady(on: ForkServerID(1))
        var delays: [String] = []
        for number: UInt64 in 2...4 {
            delays += words(machine.ended(ForkServerID(number), self.death))
            // Workers of the old server say nothing about the next start.
            machine.workerBecameReady(on: ForkServerID(1))
            // Forks meanwhile start no further replacement.
            #expect(machine.workerForked().isEmpty)
            #expect(words(machine.restartDue()) == ["start fs\(number + 1)"])
        }
        #expect(delays == [0, 100, 200].map { "restart in \(Duration.milliseconds($0))" })
    }

    @Test func aReloadIsTriedAgainEverMoreSlowlyWhileTasksRun() {
        var machine = self.serving()
        _ = machine.reload(self.configuration("second"))
        var delays: [String] = []
        for number: UInt64 in 2...4 {
            machine.workerBecameReady(on: ForkServerID(1))
            delays += words(machine.ended(ForkServerID(number), self.shortage))
            _ = machine.restartDue()
        }
        #expect(delays == [0, 100, 200].map { "restart in \(Duration.milliseconds($0))" })
        _ = machine.ready(ForkServerID(5))
        // Control: a worker of the new server resets the delay.
        machine.workerBecameReady(on: ForkServerID(5))
        #expect(words(machine.ended(ForkServerID(5), self.death)) == ["restart in 0.0 seconds"])
    }

    // MARK: Stop

    @Test func stoppingEndsWithTheLastServer() {
        var machine = self.serving()
        _ = machine.reload(self.configuration("next"))
        #expect(Set(words(machine.stop())) == ["stop workers", "stop fs1", "stop fs2"])
        #expect(machine.ready(ForkServerID(2)).isEmpty)
        #expect(machine.ended(ForkServerID(2), self.death).isEmpty)
        #expect(words(machine.ended(ForkServerID(1), self.death)) == ["stopped"])
        #expect(machine.reload(self.configuration("late")).isEmpty)
        var idle = ForkServerSupervisor(configuration: self.configuration())
        #expect(words(idle.stop()) == ["stop workers", "stopped"])
    }

    // MARK: Learned modules

    /// What the start among these actions is to import besides its configuration's own modules; nil without a start.
    private func learned(_ actions: [ForkServerSupervisor.Action]) -> [String]? {
        for case .start(_, let configuration, within: _) in actions { return configuration.worker.learnedModules }
        return nil
    }

    private func servingPackages() -> ForkServerSupervisor {
        var configuration = self.configuration(forks: 1)
        configuration.worker.policy.externalAllow = ["p"]
        var machine = ForkServerSupervisor(configuration: configuration)
        #expect(self.learned(machine.startUnawaited()) == [])
        _ = machine.ready(ForkServerID(1))
        for _ in 0..<LearnedModules.threshold { machine.imported(["p.q"]) }
        return machine
    }

    @Test func theSuccessorOfAWornOutServerImportsWhatTasksImported() {
        var machine = self.servingPackages()
        #expect(self.learned(machine.workerForked()) == ["p.q"])
        _ = machine.ready(ForkServerID(2))
        // After a crash it goes without, and the next successor with them.
        _ = machine.ended(ForkServerID(2), self.death)
        #expect(self.learned(machine.restartDue()) == [])
        _ = machine.ready(ForkServerID(3))
        #expect(self.learned(machine.workerForked()) == ["p.q"])
    }

    @Test func modulesWithWhichASuccessorFailsAreNotTriedAgain() {
        var machine = self.servingPackages()
        #expect(self.learned(machine.workerForked()) == ["p.q"])
        #expect(words(machine.ended(ForkServerID(2), self.death)) == ["restart in 0.0 seconds"])
        #expect(self.learned(machine.restartDue()) == [])
        _ = machine.ready(ForkServerID(3))
        for _ in 0..<LearnedModules.threshold { machine.imported(["p.r"]) }
        #expect(self.learned(machine.workerForked()) == [])
    }

    @Test func aShortageIsNoReasonToForgetWhatWasLearned() {
        var machine = self.servingPackages()
        _ = machine.workerForked()
        _ = machine.ended(ForkServerID(2), self.shortage)
        _ = machine.restartDue()
        _ = machine.ready(ForkServerID(3))
        #expect(self.learned(machine.workerForked()) == ["p.q"])
    }

    @Test func anotherConfigurationStartsWithoutWhatWasLearned() {
        var machine = self.servingPackages()
        var configuration = self.configuration(forks: 1)
        configuration.worker.policy.externalAllow = ["p", "z"]
        #expect(self.learned(machine.reload(configuration)) == [])
        _ = machine.ready(ForkServerID(2))
        #expect(self.learned(machine.workerForked()) == [])
    }
}
