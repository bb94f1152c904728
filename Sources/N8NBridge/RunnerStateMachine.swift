import Tasks

/// The runner's side of n8n's protocol on one connection: who knows whom, what was offered, and which tasks there are.
///
/// n8n's broker matches a waiting task with an offer when it hears of a new offer or a new task, and at no other time.
/// A task whose offer we turn down therefore waits until we make the next one, which is why that follows at once, and
/// why an offer that ended a moment ago is still honoured while there is room.
struct RunnerStateMachine {
    typealias Instant = ContinuousClock.Instant

    struct Configuration {
        /// Tasks at once.
        var capacity: Int
        var offers: OfferBook.Terms
        var settingsTimeout: Duration
    }

    /// Something to be said to the broker.
    enum Message: Equatable {
        case info
        case offer(id: String, validFor: Duration)
        case accepted(String)
        case rejected(String, reason: String)
        case failed(String, problem: String)
    }

    static let offerExpired = "The offer is not known, or no longer valid."
    static let atCapacity = "All task slots are in use."
    static let duplicateTask = "There is a task of that name already."
    static let shuttingDown = "The runner is shutting down."
    static let unknownTask = "The runner knows no such task, or was told to give it up."
    static let settingsOverdue = "The runner was sent no settings for the task in time."

    private enum TaskState {
        case waitingForSettings(until: Instant)
        /// The dispatcher's name for it is known as soon as that has taken it.
        case running(TaskID?)
        case stopping
    }

    private struct Task {
        /// Tells this task from an earlier one of the same name.
        var ticket: Int
        var state: TaskState
    }

    private enum Phase {
        case unregistered
        case offering
        /// n8n is shutting down: no new offers, but what was offered stands.
        case brokerDraining
        /// We are shutting down.
        case shuttingDown
        case disconnected
    }

    private let configuration: Configuration
    private var phase = Phase.unregistered
    private var offers: OfferBook
    private var tasks: [String: Task] = [:]
    private var tickets = 0
    private(set) var wasRegistered = false

    init(_ configuration: Configuration) {
        self.configuration = configuration
        self.offers = OfferBook(configuration.offers)
    }

    var taskCount: Int { self.tasks.count }
    var offerCount: Int { self.offers.count }

    /// Whether nothing keeps the connection from being closed any more.
    var isDrained: Bool {
        switch self.phase {
        case .shuttingDown, .disconnected: self.tasks.isEmpty
        case .unregistered, .offering, .brokerDraining: false
        }
    }

    /// When to call ``timerFired(at:using:)``.
    var nextDeadline: Instant? {
        let overdue = self.tasks.values.compactMap { task -> Instant? in
            if case .waitingForSettings(let until) = task.state { until } else { nil }
        }
        return (overdue + [self.offers.nextEnd].compactMap(\.self)).min()
    }

    // MARK: Registration

    mutating func infoRequested() -> [Message] {
        [.info]
    }

    mutating func registered(at now: Instant, using generator: inout some RandomNumberGenerator) -> [Message] {
        switch self.phase {
        case .unregistered:
            self.phase = .offering
            self.wasRegistered = true
            return self.replenish(at: now, using: &generator)
        case .shuttingDown:
            self.wasRegistered = true
            return []
        case .offering, .brokerDraining, .disconnected:
            return []
        }
    }

    // MARK: Offers

    mutating func offerAccepted(
        _ offerID: String,
        for taskID: String,
        at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> [Message] {
        self.offers.expire(at: now)
        let isKnown = self.offers.take(offerID)
        let reason: String
        switch self.phase {
        case .shuttingDown, .disconnected:
            return [.rejected(taskID, reason: Self.shuttingDown)]
        case .unregistered:
            return [.rejected(taskID, reason: Self.offerExpired)]
        case .offering, .brokerDraining:
            if !isKnown {
                reason = Self.offerExpired
            } else if self.tasks[taskID] != nil {
                reason = Self.duplicateTask
            } else if self.tasks.count >= self.configuration.capacity {
                reason = Self.atCapacity
            } else {
                self.tickets += 1
                self.tasks[taskID] = Task(
                    ticket: self.tickets,
                    state: .waitingForSettings(until: now + self.configuration.settingsTimeout)
                )
                return [.accepted(taskID)] + self.replenish(at: now, using: &generator)
            }
        }
        return [.rejected(taskID, reason: reason)] + self.renew(at: now, using: &generator)
    }

    /// Makes the offers that there is room for.
    private mutating func replenish(
        at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> [Message] {
        self.offers.expire(at: now)
        guard case .offering = self.phase else { return [] }
        var messages: [Message] = []
        while self.offers.count + self.tasks.count < self.configuration.capacity {
            let (id, validity) = self.offers.make(at: now, using: &generator)
            messages.append(.offer(id: id, validFor: validity))
        }
        return messages
    }

    /// Makes at least one offer if there is any room: the broker looks at the task that was turned down only then.
    private mutating func renew(at now: Instant, using generator: inout some RandomNumberGenerator) -> [Message] {
        let messages = self.replenish(at: now, using: &generator)
        guard messages.isEmpty, case .offering = self.phase, self.tasks.count < self.configuration.capacity
        else { return messages }
        self.offers.expireOldest(at: now)
        return self.replenish(at: now, using: &generator)
    }

    /// A name that nobody can guess.
    static func identifier(using generator: inout some RandomNumberGenerator) -> String {
        TaskID(using: &generator).description
    }

    // MARK: Tasks

    enum SettingsAction: Equatable {
        /// Hand it to the dispatcher, and report with ``taskStarted(_:ticket:as:)`` or ``taskTurnedAway(_:ticket:_:at:using:)``.
        case run(ticket: Int)
        case send(Message)
        /// The task has its settings already.
        case ignore
    }

    mutating func settingsReceived(for taskID: String) -> SettingsAction {
        guard let task = self.tasks[taskID] else { return .send(.failed(taskID, problem: Self.unknownTask)) }
        switch task.state {
        case .waitingForSettings:
            self.tasks[taskID]?.state = .running(nil)
            return .run(ticket: task.ticket)
        case .running, .stopping:
            return .ignore
        }
    }

    /// No task can be made of the settings.
    mutating func settingsUnusable(
        for taskID: String,
        problem: String,
        at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> [Message] {
        switch self.settingsReceived(for: taskID) {
        case .run: [.failed(taskID, problem: problem)] + self.remove(taskID, at: now, using: &generator)
        case .send(let message): [message]
        case .ignore: []
        }
    }

    /// The dispatcher has taken the task; it may have ended already.
    mutating func taskStarted(_ taskID: String, ticket: Int, as id: TaskID) {
        guard let task = self.tasks[taskID], task.ticket == ticket, case .running(nil) = task.state else { return }
        self.tasks[taskID]?.state = .running(id)
    }

    mutating func taskTurnedAway(
        _ taskID: String,
        ticket: Int,
        _ rejection: Rejection,
        at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> [Message] {
        guard self.tasks[taskID]?.ticket == ticket else { return [] }
        switch rejection {
        case .queueFull(let limit):
            let problem = "The runner has no room for the task: \(limit) are waiting already."
            return [.failed(taskID, problem: problem)] + self.remove(taskID, at: now, using: &generator)
        case .draining:
            // Whoever else is told about it: offering more would only fail more.
            let others = self.shutDown()
            return [.failed(taskID, problem: Self.shuttingDown)] + self.remove(taskID, at: now, using: &generator)
                + others
        }
    }

    /// Whether the task is one that is waited for, rather than an earlier one of that name.
    func isCurrent(_ taskID: String, ticket: Int) -> Bool {
        self.tasks[taskID]?.ticket == ticket
    }

    /// A task ended, and the broker was told how.
    ///
    /// - Returns: What to say after that.
    mutating func taskFinished(
        _ taskID: String,
        at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> [Message] {
        self.remove(taskID, at: now, using: &generator)
    }

    enum CancelAction: Equatable {
        /// Cancel it at the dispatcher; its end is reported when it comes.
        case stop(TaskID)
        case send([Message])
        /// There is no such task, or it is being stopped.
        case none
    }

    mutating func cancelled(
        _ taskID: String,
        at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> CancelAction {
        guard let task = self.tasks[taskID] else { return .none }
        switch task.state {
        case .waitingForSettings:
            return .send(self.remove(taskID, at: now, using: &generator))
        case .running(let id):
            guard let id else { return .none }
            self.tasks[taskID]?.state = .stopping
            return .stop(id)
        case .stopping:
            return .none
        }
    }

    private mutating func remove(
        _ taskID: String,
        at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> [Message] {
        guard self.tasks.removeValue(forKey: taskID) != nil else { return [] }
        return self.replenish(at: now, using: &generator)
    }

    // MARK: Time

    mutating func timerFired(at now: Instant, using generator: inout some RandomNumberGenerator) -> [Message] {
        var messages: [Message] = []
        for (taskID, task) in self.tasks.sorted(by: { $0.value.ticket < $1.value.ticket }) {
            guard case .waitingForSettings(let until) = task.state, until <= now else { continue }
            messages.append(.failed(taskID, problem: Self.settingsOverdue))
            messages += self.remove(taskID, at: now, using: &generator)
        }
        return messages + self.replenish(at: now, using: &generator)
    }

    // MARK: The end

    /// n8n shuts down.
    mutating func brokerDrains() {
        switch self.phase {
        case .unregistered, .offering:
            self.phase = .brokerDraining
        case .brokerDraining, .shuttingDown, .disconnected:
            break
        }
    }

    /// We shut down: nothing is begun any more, what runs goes on.
    mutating func shutDown() -> [Message] {
        switch self.phase {
        case .unregistered, .offering, .brokerDraining:
            self.phase = .shuttingDown
        case .shuttingDown, .disconnected:
            return []
        }
        self.offers.clear()
        var messages: [Message] = []
        for (taskID, task) in self.tasks.sorted(by: { $0.value.ticket < $1.value.ticket }) {
            guard case .waitingForSettings = task.state else { continue }
            self.tasks[taskID] = nil
            messages.append(.failed(taskID, problem: Self.shuttingDown))
        }
        return messages
    }

    /// The connection is gone, and with it whoever wanted the results.
    ///
    /// - Returns: The tasks to cancel.
    mutating func disconnected() -> [TaskID] {
        let running = self.tasks.values.compactMap { task -> TaskID? in
            if case .running(let id) = task.state { id } else { nil }
        }
        self.phase = .disconnected
        self.offers.clear()
        self.tasks = [:]
        return running
    }
}
