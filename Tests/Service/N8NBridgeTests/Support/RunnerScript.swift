import Tasks
import TestSupport
import Testing

@testable import N8NBridge

/// A state machine with a clock and a random generator of its own, for tests that are scripts of events.
struct RunnerScript {
    var machine: RunnerStateMachine
    var generator = SeededGenerator(seed: 7)
    var now = ContinuousClock.now

    init(capacity: Int = 2, jitter: Duration = .zero) {
        self.machine = RunnerStateMachine(
            RunnerStateMachine.Configuration(
                capacity: capacity,
                offers: OfferBook.Terms(validity: .seconds(5), jitter: jitter, lateness: .seconds(2)),
                settingsTimeout: .seconds(60)
            )
        )
    }

    mutating func register() -> [String] {
        let messages = self.machine.registered(at: self.now, using: &self.generator)
        return messages.compactMap(Self.offer)
    }

    static func offer(_ message: RunnerStateMachine.Message) -> String? {
        if case .offer(let id, _) = message { id } else { nil }
    }

    mutating func accept(_ offer: String, _ task: String) -> [RunnerStateMachine.Message] {
        self.machine.offerAccepted(offer, for: task, at: self.now, using: &self.generator)
    }

    mutating func run(_ task: String, as id: TaskID? = nil) -> Int? {
        guard case .run(let ticket) = self.machine.settingsReceived(for: task) else { return nil }
        if let id { self.machine.taskStarted(task, ticket: ticket, as: id) }
        return ticket
    }

    mutating func begin(_ task: String) throws -> Int {
        let ticket = self.run(task)
        return try #require(ticket)
    }

    mutating func finish(_ task: String) -> [RunnerStateMachine.Message] {
        self.machine.taskFinished(task, at: self.now, using: &self.generator)
    }

    mutating func cancel(_ task: String) -> RunnerStateMachine.CancelAction {
        self.machine.cancelled(task, at: self.now, using: &self.generator)
    }

    mutating func tick(_ duration: Duration) -> [RunnerStateMachine.Message] {
        self.now += duration
        return self.machine.timerFired(at: self.now, using: &self.generator)
    }

    mutating func taskID() -> TaskID { TaskID(using: &self.generator) }
}
