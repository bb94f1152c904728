import Tasks
import TestSupport
import Testing

@testable import N8NBridge

@Suite struct RunnerStateMachineTests {
    typealias Message = RunnerStateMachine.Message

    typealias Script = RunnerScript

    @Test func introducesItselfWheneverItIsAsked() {
        var script = Script()
        #expect(script.machine.infoRequested() == [.info])
        _ = script.register()
        #expect(script.machine.infoRequested() == [.info])
    }

    @Test func offersEverySlotOnceRegisteredAndNotAgain() {
        var script = Script(capacity: 3)
        let offers = script.register()
        #expect(Set(offers).count == 3)
        #expect(script.register() == [])
        #expect(script.machine.wasRegistered)
    }

    @Test func anAcceptedOfferUsesUpItsSlot() {
        var script = Script(capacity: 2)
        let offers = script.register()
        #expect(script.accept(offers[0], "a") == [.accepted("a")])
        #expect(script.accept(offers[1], "b") == [.accepted("b")])
        #expect(script.machine.offerCount == 0)
        #expect(script.machine.taskCount == 2)
        // Used up, that is: not good for another task.
        #expect(script.accept(offers[0], "c") == [.rejected("c", reason: RunnerStateMachine.offerExpired)])
    }

    @Test func nothingIsAcceptedBeforeRegistration() {
        var script = Script()
        #expect(script.accept("x", "a") == [.rejected("a", reason: RunnerStateMachine.offerExpired)])
    }

    @Test func aFinishedTaskFreesItsSlotAtOnce() {
        var script = Script(capacity: 1)
        let offers = script.register()
        _ = script.accept(offers[0], "a")
        _ = script.run("a", as: script.taskID())
        let messages = script.finish("a")
        #expect(messages.count == 1)
        #expect(messages.compactMap(Script.offer).count == 1)
        #expect(script.finish("a") == [])
    }

    @Test func expiredOffersAreReplacedAndHonouredALittleLonger() {
        var script = Script(capacity: 1)
        let first = script.register()[0]
        #expect(script.machine.nextDeadline == script.now + .seconds(5))
        let ticked = script.tick(.seconds(5))
        #expect(ticked.count == 1)
        script.now += .seconds(1)
        #expect(script.accept(first, "late") == [.accepted("late")])

        // Too late is too late; and the broker is given a new offer to look at the task again.
        _ = script.cancel("late")
        let second = script.tick(.seconds(5)).compactMap(Script.offer)[0]
        _ = script.tick(.seconds(5))
        script.now += .seconds(2)
        let messages = script.accept(second, "too late")
        #expect(messages.first == .rejected("too late", reason: RunnerStateMachine.offerExpired))
        #expect(messages.dropFirst().compactMap(Script.offer).count == 1)
    }

    @Test func theValidityThatIsToldIsTheOneThatIsKept() throws {
        var script = Script(capacity: 100, jitter: .milliseconds(500))
        let messages = script.machine.registered(at: script.now, using: &script.generator)
        let validities = messages.compactMap { message -> Duration? in
            if case .offer(_, let validity) = message { validity } else { nil }
        }
        #expect(validities.allSatisfy { $0 >= .seconds(5) && $0 <= .milliseconds(5500) })
        #expect(Set(validities).count > 50)
        let shortest = try #require(validities.min())
        #expect(script.machine.nextDeadline == script.now + shortest)
        // Nothing expires a moment earlier.
        #expect(script.tick(shortest - .milliseconds(1)) == [])
        #expect(script.tick(.milliseconds(1)).isEmpty == false)
    }

    @Test func beyondCapacityATaskIsTurnedDownEvenWithAGoodOffer() {
        var script = Script(capacity: 1)
        let first = script.register()[0]
        let second = script.tick(.seconds(5)).compactMap(Script.offer)[0]
        #expect(script.accept(first, "a") == [.accepted("a")])
        #expect(script.accept(second, "b") == [.rejected("b", reason: RunnerStateMachine.atCapacity)])
        // No slot, no offer; the next one comes when the slot frees.
        #expect(script.machine.offerCount == 0)
        _ = script.run("a", as: script.taskID())
        #expect(script.finish("a").count == 1)
    }

    @Test func aTurnedDownTaskIsFollowedByAFreshOffer() {
        var script = Script(capacity: 2)
        let offers = script.register()
        let messages = script.accept("nonsense", "a")
        #expect(messages.count == 2)
        #expect(messages[0] == .rejected("a", reason: RunnerStateMachine.offerExpired))
        #expect(Script.offer(messages[1]).map(offers.contains) == false)
        // Not one offer more than before.
        #expect(script.machine.offerCount == 2)
    }

    @Test func aTaskOfTheSameNameIsTurnedDown() {
        var script = Script(capacity: 2)
        let offers = script.register()
        _ = script.accept(offers[0], "a")
        let messages = script.accept(offers[1], "a")
        #expect(messages.first == .rejected("a", reason: RunnerStateMachine.duplicateTask))
        #expect(script.machine.taskCount == 1)
        #expect(script.machine.offerCount == 1)
    }

    @Test func settingsAreTakenOnce() {
        var script = Script()
        let offers = script.register()
        #expect(
            script.machine.settingsReceived(for: "a")
                == .send(.failed("a", problem: RunnerStateMachine.unknownTask))
        )
        _ = script.accept(offers[0], "a")
        #expect(script.run("a", as: script.taskID()) != nil)
        #expect(script.machine.settingsReceived(for: "a") == .ignore)
        _ = script.cancel("a")
        #expect(script.machine.settingsReceived(for: "a") == .ignore)
    }

    @Test func settingsThatDoNotComeEndTheTask() {
        var script = Script(capacity: 1)
        let offers = script.register()
        _ = script.accept(offers[0], "a")
        #expect(script.machine.nextDeadline == script.now + .seconds(60))
        #expect(script.tick(.seconds(59)) == [])
        let ticked = script.tick(.seconds(1))
        #expect(ticked.first == .failed("a", problem: RunnerStateMachine.settingsOverdue))
        #expect(ticked.compactMap(Script.offer).count == 1)
    }

    @Test func settingsThatComeAreNotOverdue() {
        var script = Script(capacity: 1)
        let offers = script.register()
        _ = script.accept(offers[0], "a")
        _ = script.run("a", as: script.taskID())
        #expect(script.machine.nextDeadline == nil)
        #expect(script.tick(.seconds(3600)) == [])
    }

    @Test func unusableSettingsEndTheTaskAndFreeItsSlot() {
        var script = Script(capacity: 1)
        let offers = script.register()
        _ = script.accept(offers[0], "a")
        let messages = script.machine.settingsUnusable(
            for: "a",
            problem: "why",
            at: script.now,
            using: &script.generator
        )
        #expect(messages.first == .failed("a", problem: "why"))
        #expect(messages.compactMap(Script.offer).count == 1)
        let unknown = script.machine.settingsUnusable(
            for: "b",
            problem: "why",
            at: script.now,
            using: &script.generator
        )
        #expect(unknown == [.failed("b", problem: RunnerStateMachine.unknownTask)])
    }

    @Test func cancellationIsRightInEveryState() throws {
        var script = Script(capacity: 1)
        let offers = script.register()
        #expect(script.cancel("a") == .none)

        _ = script.accept(offers[0], "a")
        guard case .send(let messages) = script.cancel("a") else {
            Issue.record("nothing to send")
            return
        }
        let offer = try #require(messages.compactMap(Script.offer).first)
        #expect(messages.count == 1)

        _ = script.accept(offer, "b")
        let id = script.taskID()
        let ticket = try script.begin("b")
        // Between the settings and the dispatcher's answer there is nothing to cancel yet.
        #expect(script.cancel("b") == .none)
        script.machine.taskStarted("b", ticket: ticket, as: id)
        #expect(script.cancel("b") == .stop(id))
        #expect(script.cancel("b") == .none)
        #expect(script.finish("b").count == 1)
        #expect(script.cancel("b") == .none)
    }

    @Test func anEarlierTaskOfTheSameNameIsNotMistakenForALaterOne() throws {
        var script = Script(capacity: 1)
        var offer = script.register()[0]
        _ = script.accept(offer, "a")
        let first = try script.begin("a")
        let messages = script.finish("a")
        offer = try #require(messages.compactMap(Script.offer).first)
        _ = script.accept(offer, "a")
        #expect(!script.machine.isCurrent("a", ticket: first))
        script.machine.taskStarted("a", ticket: first, as: script.taskID())
        // Its settings have still to come.
        let second = try script.begin("a")
        #expect(second != first)
        #expect(script.machine.isCurrent("a", ticket: second))
    }

    @Test func aTaskThatTheQueueRejectsFreesItsSlot() throws {
        var script = Script(capacity: 1)
        let offers = script.register()
        _ = script.accept(offers[0], "a")
        let ticket = try script.begin("a")
        let messages = script.machine.taskTurnedAway(
            "a",
            ticket: ticket,
            .queueFull(limit: 9),
            at: script.now,
            using: &script.generator
        )
        #expect(messages.count == 2)
        #expect(messages.compactMap(Script.offer).count == 1)
    }

    @Test func aDrainingDispatcherEndsTheOffers() throws {
        var script = Script(capacity: 3)
        let offers = script.register()
        _ = script.accept(offers[0], "a")
        _ = script.accept(offers[1], "b")
        let ticket = try script.begin("a")
        let messages = script.machine.taskTurnedAway(
            "a",
            ticket: ticket,
            .draining,
            at: script.now,
            using: &script.generator
        )
        #expect(
            messages == [
                .failed("a", problem: RunnerStateMachine.shuttingDown),
                .failed("b", problem: RunnerStateMachine.shuttingDown),
            ]
        )
        #expect(script.machine.isDrained)
        #expect(script.accept(offers[2], "c") == [.rejected("c", reason: RunnerStateMachine.shuttingDown)])
    }

    @Test func aDrainingBrokerGetsNoNewOffersButKeepsTheOldOnes() {
        var script = Script(capacity: 2)
        let offers = script.register()
        _ = script.accept(offers[0], "a")
        _ = script.run("a", as: script.taskID())
        let isNews = script.machine.taskBrokerDrains()
        #expect(isNews)
        let isNewsAgain = script.machine.taskBrokerDrains()
        #expect(!isNewsAgain)
        #expect(script.accept(offers[1], "b") == [.accepted("b")])
        #expect(script.finish("a") == [])
        #expect(script.tick(.seconds(10)) == [])
        #expect(!script.machine.isDrained)
    }

    @Test func shuttingDownLetsRunningTasksFinishAndBeginsNothing() {
        var script = Script(capacity: 3)
        let offers = script.register()
        _ = script.accept(offers[0], "running")
        _ = script.run("running", as: script.taskID())
        _ = script.accept(offers[1], "waiting")
        #expect(script.machine.shutDown() == [.failed("waiting", problem: RunnerStateMachine.shuttingDown)])
        #expect(script.machine.shutDown() == [])
        #expect(!script.machine.isDrained)
        #expect(script.accept(offers[2], "new") == [.rejected("new", reason: RunnerStateMachine.shuttingDown)])
        #expect(script.tick(.seconds(10)) == [])
        #expect(script.finish("running") == [])
        #expect(script.machine.isDrained)
    }

    @Test func aRunnerThatWasNeverRegisteredCanShutDown() {
        var script = Script()
        #expect(!script.machine.isDrained)
        #expect(script.machine.shutDown() == [])
        #expect(script.machine.isDrained)
        #expect(script.register() == [])
    }

    @Test func aLostConnectionNamesTheTasksToCancel() throws {
        var script = Script(capacity: 4)
        let offers = script.register()
        for (index, task) in ["a", "b", "c", "d"].enumerated() { _ = script.accept(offers[index], task) }
        let running = script.taskID()
        _ = script.run("a", as: running)
        _ = script.run("b", as: script.taskID())
        _ = script.cancel("b")
        _ = script.run("c")
        // Not the one that is being stopped, nor the one the dispatcher has not named, nor the one without settings.
        #expect(script.machine.disconnected() == [running])
        #expect(script.machine.disconnected() == [])
        #expect(script.machine.taskCount == 0)
        #expect(script.register() == [])
    }

    /// In any order of events there are never more tasks or offers than slots.
    @Test(arguments: 0..<50) func capacityIsKeptInAnyOrderOfEvents(seed: UInt64) {
        var script = Script(capacity: 4, jitter: .milliseconds(500))
        var chance = SeededGenerator(seed: seed)
        var offers = Set(script.register())
        var tasks: Set<String> = []
        var running: Set<String> = []
        var accepted = 0
        for step in 0..<2000 {
            var messages: [Message] = []
            switch Int.random(in: 0..<8, using: &chance) {
            case 0...2:
                let offer = offers.randomElement(using: &chance) ?? "none"
                offers.remove(offer)
                messages = script.accept(offer, "t\(Int.random(in: 0..<20, using: &chance))")
            case 3:
                if let task = tasks.randomElement(using: &chance), script.run(task, as: script.taskID()) != nil {
                    running.insert(task)
                }
            case 4:
                if let task = running.randomElement(using: &chance) {
                    running.remove(task)
                    tasks.remove(task)
                    messages = script.finish(task)
                }
            case 5:
                if let task = tasks.randomElement(using: &chance), case .send(let sent) = script.cancel(task) {
                    tasks.remove(task)
                    messages = sent
                }
            case 6:
                messages = script.tick(.milliseconds(Int.random(in: 0..<3000, using: &chance)))
            default:
                if step > 1900 { _ = script.machine.taskBrokerDrains() }
            }
            for message in messages {
                switch message {
                case .offer(let id, _): #expect(offers.insert(id).inserted)
                case .accepted(let id):
                    accepted += 1
                    #expect(tasks.insert(id).inserted)
                case .failed(let id, _):
                    tasks.remove(id)
                    running.remove(id)
                case .rejected, .info: break
                }
            }
            #expect(script.machine.taskCount == tasks.count)
            #expect(tasks.count <= 4)
            #expect(script.machine.offerCount <= 4)
        }
        #expect(accepted > 50)
    }
}
