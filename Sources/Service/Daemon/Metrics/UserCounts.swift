import Tasks

/// The counters of each user, for the metrics that only root and the service's user see.
///
/// Each user is a time series, which costs the monitoring system memory. So the first ``maximumUsers`` users have
/// counters of their own, and all later users share the counters with the label ``other``.
struct UserCounts {
    /// The largest number of users with counters of their own.
    static let maximumUsers = 50
    /// The value of the label for all other users.
    static let other = "other"

    struct Counts: Equatable {
        var succeeded = 0
        var failed = 0
        var rejected = 0
        /// Tasks that wait or run.
        var active = 0
        var wall = Duration.zero
        var cpu = Duration.zero
    }

    private(set) var users: [UInt32: Counts] = [:]
    private(set) var others = Counts()

    private mutating func change(_ uid: UInt32, _ body: (inout Counts) -> Void) {
        guard self.users[uid] != nil || self.users.count < Self.maximumUsers else { return body(&self.others) }
        body(&self.users[uid, default: Counts()])
    }

    mutating func submitted(_ uid: UInt32) { self.change(uid) { $0.active += 1 } }

    /// A submitted task was rejected.
    mutating func rejected(_ uid: UInt32) {
        self.change(uid) { counts in
            counts.active -= 1
            counts.rejected += 1
        }
    }

    mutating func finished(_ uid: UInt32, _ outcome: TaskOutcome) {
        self.change(uid) { counts in
            counts.active -= 1
            counts.wall += outcome.usage.wall
            counts.cpu += outcome.usage.cpu
            if case .failure = outcome.result { counts.failed += 1 } else { counts.succeeded += 1 }
        }
    }

    /// The label of each user and its counters, in the order of the users.
    var rows: [(label: String, counts: Counts)] {
        let own = self.users.sorted { $0.key < $1.key }.map { (label: "\($0.key)", counts: $0.value) }
        return self.others == Counts() ? own : own + [(Self.other, self.others)]
    }
}
