import Tasks

/// The runner's side of n8n's protocol on one connection: registration, offers and the states of tasks. A value without
/// side effects: ``SessionHandler`` drives it and sends the messages that it returns.
///
/// n8n's task broker matches a waiting task with an offer only when a new offer or a new task arrives. A task whose offer
/// the runner rejects therefore waits for the runner's next offer. For this reason a new offer follows each rejection at
/// once, and a recently expired offer is still accepted while a slot is free.
struct RunnerStateMachine {
    typealias Instant = ContinuousClock.Instant

    struct Configuration {
        /// The largest number of tasks that run at once.
        var capacity: Int
        var offers: OfferBook.Terms
        var settingsTimeout: Duration
    }

    /// A message to the task broker.
    enum Message: Equatable {
        case info
        case offer(id: String, validFor: Duration)
        case accepted(String)
        case rejected(String, reason: String)
        case failed(String, problem: String)
    }

    static let offerExpired = "The offer is unknown or has expired."
    static let atCapacity = "All task slots are in use."
    static let duplicateTask = "A task with this id exists already."
    static let shuttingDown = "The runner is shutting down."
    static let unknownTask = "The task is unknown to the runner, or was cancelled."
    static let settingsOverdue = "The settings of the task did not arrive in time."

    private enum TaskState {
        case waitingForSettings(until: Instant)
        /// Submitted to the dispatcher. The dispatcher's id is nil until `submit` has returned.
        case running(TaskID?)
        case stopping
    }

    private struct Task {
        /// Distinguishes this task from an earlier task with the same id.
        var ticket: Int
        var state: TaskState
    }

    private enum Phase {
        case unregistered
        case offering
        /// n8n is shutting down: the runner makes no new offers, and open offers remain valid.
        case taskBrokerDraining
        /// The runner is shutting down.
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

    /// Whether the runner is shutting down and its last task has ended, so that the connection can be closed.
    var isDrained: Bool {
        switch self.phase {
        case .shuttingDown, .disconnected: self.tasks.isEmpty
        case .unregistered, .offering, .taskBrokerDraining: false
        }
    }

    /// When ``timerFired(at:using:)`` must be called; nil for no timer.
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
        case .offering, .taskBrokerDraining, .disconnected:
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
        let isKnown = self.offers.take(offerID, at: now)
        let reason: String
        switch self.phase {
        case .shuttingDown, .disconnected:
            return [.rejected(taskID, reason: Self.shuttingDown)]
        case .unregistered:
            return [.rejected(taskID, reason: Self.offerExpired)]
        case .offering, .taskBrokerDraining:
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

    /// Makes new offers until every free slot has one.
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

    /// Makes at least one offer if a slot is free, so that the task broker matches the rejected task again.
    private mutating func renew(at now: Instant, using generator: inout some RandomNumberGenerator) -> [Message] {
        let messages = self.replenish(at: now, using: &generator)
        guard messages.isEmpty, case .offering = self.phase, self.tasks.count < self.configuration.capacity
        else { return messages }
        self.offers.expireOldest(at: now)
        return self.replenish(at: now, using: &generator)
    }

    /// Makes an unguessable identifier.
    static func identifier(using generator: inout some RandomNumberGenerator) -> String {
        TaskID(using: &generator).description
    }

    // MARK: Tasks

    enum SettingsAction: Equatable {
        /// Submit the task to the dispatcher, then report the result with ``taskStarted(_:ticket:as:)`` or
        /// ``taskTurnedAway(_:ticket:_:at:using:)``.
        case run(ticket: Int)
        case send(Message)
        /// The task has its settings already; ignore the new ones.
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

    /// The task broker sent settings that are unusable.
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

    /// The dispatcher accepted the task. The task may have ended already.
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
            let problem = "The runner's queue is full: \(limit) tasks are waiting already."
            return [.failed(taskID, problem: problem)] + self.remove(taskID, at: now, using: &generator)
        case .tooManyTasks(let perMinute, _):
            let problem =
                "The runner accepts \(perMinute) tasks a minute (TERRARIUM_RATE_PER_USER), and n8n has sent more."
            return [.failed(taskID, problem: problem)] + self.remove(taskID, at: now, using: &generator)
        case .draining:
            // The dispatcher rejects every task from now on, so tasks that wait for their settings fail too, and no more
            // offers are made.
            let others = self.shutDown()
            return [.failed(taskID, problem: Self.shuttingDown)] + self.remove(taskID, at: now, using: &generator)
                + others
        }
    }

    /// Whether `ticket` belongs to the current task with this id, not to an earlier one.
    func isCurrent(_ taskID: String, ticket: Int) -> Bool {
        self.tasks[taskID]?.ticket == ticket
    }

    /// A task ended and its outcome was sent.
    ///
    /// - Returns: The messages to send after the outcome.
    mutating func taskFinished(
        _ taskID: String,
        at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> [Message] {
        self.remove(taskID, at: now, using: &generator)
    }

    enum CancelAction: Equatable {
        /// Cancel the task at the dispatcher. The outcome is sent when it arrives.
        case stop(TaskID)
        case send([Message])
        /// The task is unknown or is being stopped already.
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

    /// n8n is shutting down.
    ///
    /// - Returns: Whether this is the first notice of the shutdown.
    mutating func taskBrokerDrains() -> Bool {
        switch self.phase {
        case .unregistered, .offering:
            self.phase = .taskBrokerDraining
            return true
        case .taskBrokerDraining, .shuttingDown, .disconnected:
            return false
        }
    }

    /// The runner is shutting down: it starts no further tasks, and running tasks continue.
    mutating func shutDown() -> [Message] {
        switch self.phase {
        case .unregistered, .offering, .taskBrokerDraining:
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

    /// The connection is closed, so no result can be delivered.
    ///
    /// - Returns: The running tasks, which the caller must cancel.
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
