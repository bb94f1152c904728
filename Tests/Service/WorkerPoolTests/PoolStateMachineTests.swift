import Tasks
import TestSupport
import Testing

@testable import WorkerPool

/// What the two parts of the pool's machine tell each other.
@Suite struct PoolStateMachineTests {
    typealias Machine = PoolStateMachine<String>

    private var generator = SystemRandomNumberGenerator()
    private let first = ForkServerID(1)
    private let second = ForkServerID(2)
    private let death = PoolFixtures.death

    /// Actions as short words, so that a script reads as one.
    private func words(_ actions: [Machine.Action]) -> [String] {
        actions.map { action in
            switch action {
            case .startServer(let id, _, within: _): "start \(id)"
            case .abandonServer(let id): "abandon \(id)"
            case .reloadEnded(let reload, _): "reload \(reload.number) ended"
            case .startFailed(let error): "start failed: \(error)"
            case .scheduleServerRestart(let delay): "restart in \(delay)"
            case .stopServer(let id): "stop \(id)"
            case .worker(let action): action.words
            case .stopped: "stopped"
            }
        }
    }

    private func starting(warm: Int, forks: Int = 1000) -> Machine {
        var machine = Machine(configuration: PoolFixtures.configuration(warm: warm, forks: forks))
        #expect(words(machine.startUnawaited()) == ["start fs1"])
        return machine
    }

    private func worker(_ number: UInt64) -> WorkerID { WorkerID(number: number) }

    private mutating func submit(_ machine: inout Machine, _ job: String) -> [String] {
        self.words(machine.submitted(TaskID(using: &self.generator), job))
    }

    @Test mutating func workersAreForkedWhenAServerIsReady() {
        var machine = self.starting(warm: 2)
        #expect(words(machine.serverReady(self.first)) == ["fork w1 on fs1", "fork w2 on fs1"])
        #expect(
            machine.counts() == PoolStatus(warmWorkers: 0, startingWorkers: 2, runningWorkers: 0, forkServers: 1)
        )
    }

    @Test mutating func aReplacedServerIsStoppedAfterItsLastTask() {
        var machine = self.starting(warm: 1)
        _ = machine.serverReady(self.first)
        _ = machine.workerReady(self.worker(1))
        _ = self.submit(&machine, "a")
        #expect(words(machine.reload(PoolFixtures.configuration("next", warm: 1))) == ["start fs2"])
        #expect(words(machine.serverReady(self.second)) == ["fork w2 on fs2"])
        #expect(machine.counts().forkServers == 2)
        #expect(words(machine.workerFinished(self.worker(1))) == ["stop fs1"])
        #expect(machine.serverEnded(self.first, self.death).isEmpty)
        #expect(machine.isServing)
    }

    @Test mutating func forksCountTowardsTheReplacementOfAServer() {
        var machine = self.starting(warm: 0, forks: 2)
        _ = machine.serverReady(self.first)
        #expect(self.submit(&machine, "a") == ["fork w1 on fs1"])
        #expect(self.submit(&machine, "b") == ["fork w2 on fs1", "start fs2"])
        #expect(words(machine.serverEnded(self.second, self.death)) == ["restart in 0.0 seconds"])
        // While the replacement fails, tasks go on with the old one.
        #expect(self.submit(&machine, "c") == ["fork w3 on fs1"])
        #expect(words(machine.serverRestartDue()) == ["start fs3"])
    }

    @Test mutating func theEndOfAServerOrphansItsWorkersAndSchedulesARestart() {
        var machine = self.starting(warm: 1)
        _ = machine.serverReady(self.first)
        _ = machine.workerReady(self.worker(1))
        _ = self.submit(&machine, "a")
        #expect(words(machine.serverEnded(self.first, self.death)) == ["orphan w1", "restart in 0.0 seconds"])
        #expect(machine.isServing == false)
        // No worker is forked from a server that is gone.
        #expect(words(machine.workerFinished(self.worker(1))).isEmpty)
        #expect(self.submit(&machine, "b").isEmpty)
    }

    @Test mutating func aReadyWorkerResetsTheRestartDelay() {
        for isReady in [true, false] {
            var machine = self.starting(warm: 1)
            _ = machine.serverEnded(self.first, self.death)
            _ = machine.serverRestartDue()
            _ = machine.serverReady(self.second)
            if isReady { _ = machine.workerReady(self.worker(1)) }
            let restart = words(machine.serverEnded(self.second, self.death)).last
            #expect(restart == (isReady ? "restart in 0.0 seconds" : "restart in 0.1 seconds"))
        }
    }

    @Test mutating func waitingTasksFailWithTheFifthServerThatCannotStart() {
        var machine = self.starting(warm: 0)
        _ = self.submit(&machine, "a")
        for number: UInt64 in 1...4 {
            #expect(words(machine.serverEnded(ForkServerID(number), self.death)).count == 1)
            _ = machine.serverRestartDue()
        }
        #expect(
            words(machine.serverEnded(ForkServerID(5), self.death)) == ["fail a worker_died", "restart in 0.8 seconds"]
        )
        // A later task waits for the next server.
        _ = machine.serverRestartDue()
        #expect(self.submit(&machine, "b").isEmpty)
        #expect(words(machine.serverReady(ForkServerID(6))) == ["fork w1 on fs6"])
    }

    @Test mutating func aFailedAwaitedStartFailsTheTasksThatWait() {
        var machine = Machine(configuration: PoolFixtures.configuration(warm: 0))
        _ = machine.startAwaited()
        _ = self.submit(&machine, "a")
        #expect(
            words(machine.serverEnded(self.first, self.death))
                == ["start failed: it died", "fail a cancelled", "stopped"]
        )
    }

    @Test mutating func stoppingFailsWaitingAndLaterTasksAndEndsWithTheLastServer() {
        var machine = self.starting(warm: 0)
        _ = self.submit(&machine, "a")
        #expect(words(machine.stop()) == ["fail a cancelled", "stop fs1"])
        #expect(self.submit(&machine, "b") == ["fail b cancelled"])
        #expect(words(machine.serverEnded(self.first, self.death)) == ["stopped"])
    }

    /// The processes of workers and fork servers, which can send and end at any time, drive the order of events. The ids are
    /// the newest ones and an unknown one, so that every event also comes where it is not allowed.
    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func noOrderOfEventsTrapsOrAssignsATaskToAWorkerThatIsGone(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var machine = Machine(configuration: PoolFixtures.configuration(warm: 2, forks: 20))
        var servers: [ForkServerID] = []
        var workers: [WorkerID] = []
        var tasks: [TaskID] = []
        var gone: Set<WorkerID> = []
        var assigned = 0
        for round in 0..<3000 {
            let server = random.pick(servers.suffix(3) + [ForkServerID(.max)])
            let worker = random.pick(workers.suffix(6) + [WorkerID(number: .max)])
            let actions: [Machine.Action]
            switch Int.random(in: 0..<15, using: &random) {
            case 0: actions = round % 2 == 0 ? machine.startUnawaited() : machine.serverOverdue(server)
            case 1: actions = machine.reload(PoolFixtures.configuration("\(round)", warm: 2, forks: 20))
            case 2, 3: actions = machine.serverReady(server)
            case 4: actions = machine.serverRestartDue()
            case 5: actions = machine.serverEnded(server, self.death)
            case 6: actions = machine.refillDue()
            case 7: actions = machine.stopTask(tasks.last ?? TaskID(using: &random), for: .cancelled)
            case 8:
                gone.insert(worker)
                actions = machine.workerFinished(worker)
            case 9:
                gone.insert(worker)
                actions = machine.workerGone(worker, at: .now)
            case 10:
                gone.insert(worker)
                actions = machine.workerLostTask(worker, TaskFailure(.workerDied, message: "gone"))
            case 11, 12, 13: actions = machine.workerReady(worker)
            default:
                tasks.append(TaskID(using: &random))
                actions = machine.submitted(tasks[tasks.count - 1], "\(round)")
            }
            for action in actions {
                switch action {
                case .startServer(let id, _, within: _): servers.append(id)
                case .worker(.fork(let id, _)): workers.append(id)
                case .worker(.discard(let id)), .worker(.orphan(let id)): gone.insert(id)
                case .worker(.assign(let id, _)):
                    assigned += 1
                    let isAlive = id.number <= workers.count && !gone.contains(id)
                    #expect(isAlive, "round \(round): a task is assigned to \(id)")
                default: break
                }
            }
        }
        // Control: many tasks were assigned.
        #expect(assigned > 50, "\(assigned)")
    }
}
