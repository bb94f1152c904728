import Tasks

/// Limits how many tasks each user may submit in a minute. Owned by ``DispatcherStateMachine``. A value without side
/// effects.
///
/// Each user has a token bucket for the tasks of one minute, which fills evenly. So a user who was idle for a minute may
/// submit all of them at once.
struct SubmissionRate: Sendable {
    typealias Instant = ContinuousClock.Instant

    private struct Bucket {
        /// The tasks that the user may still submit, at ``time``.
        var tasks: Double
        var time: Instant
    }

    /// If there are more buckets than this, the full ones are removed.
    private static let maximumIdle = 1000

    /// The most tasks of one user in a minute; nil means no limit. A new limit applies from the next submission on, and each
    /// user's bucket is full then.
    var perMinute: Int? {
        didSet { if self.perMinute != oldValue { self.buckets = [:] } }
    }
    private var buckets: [UInt32: Bucket] = [:]

    init(perMinute: Int?) {
        self.perMinute = perMinute
    }

    /// A user submits a task.
    ///
    /// - Returns: Nil when the task is within the limit; otherwise the rejection, and the task is not counted.
    mutating func submit(_ uid: UInt32, at now: Instant) -> Rejection? {
        guard let perMinute = self.perMinute else { return nil }
        let capacity = Double(perMinute)
        var tasks = capacity
        if let bucket = self.buckets[uid] {
            tasks = min(capacity, bucket.tasks + (now - bucket.time) / .seconds(60) * capacity)
        }
        guard tasks >= 1 else {
            let wait = Duration.seconds(60) * ((1 - tasks) / capacity)
            return .tooManyTasks(perMinute: perMinute, retryAfter: wait)
        }
        self.buckets[uid] = Bucket(tasks: tasks - 1, time: now)
        if self.buckets.count > Self.maximumIdle {
            self.buckets = self.buckets.filter { now - $0.value.time < .seconds(60) }
        }
        return nil
    }

    /// How many users have a bucket.
    var userCount: Int { self.buckets.count }
}
