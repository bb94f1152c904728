import Glibc
import Synchronization
import Tasks
import Text

/// The tasks that ended last, in memory, for `GET /v1/history`. The number of tasks is bounded. Failed tasks have a
/// bound of their own, so that many successful tasks do not displace them. Thread-safe.
final class TaskHistory: Sendable {
    /// The largest number of successful tasks that are kept, and also the largest number of failed tasks.
    static let capacity = 500

    private struct State {
        var last: UInt64 = 0
        var succeeded = SharedRing(capacity: TaskHistory.capacity)
        var failed = SharedRing(capacity: TaskHistory.capacity)
    }

    private let state = Mutex(State())

    /// A task of `peer` has ended.
    func record(_ outcome: TaskOutcome, _ id: TaskID, label: String?, mode: TaskMode, peer: Peer) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var task = EndedTask(
            number: 0,
            id: id,
            label: label,
            mode: mode,
            peer: peer,
            outcome: outcome.name,
            endedAt: Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000,
            usage: outcome.usage,
            failure: EndedTask.Failure(outcome)
        )
        self.state.withLock { state in
            state.last += 1
            task.number = state.last
            if task.failure == nil {
                state.succeeded.append(task)
            } else {
                state.failed.append(task)
            }
        }
    }

    /// The rows that `peer` may see: its own, or all for a privileged user.
    func page(visibleTo peer: Peer, _ query: HistoryQuery) -> HistoryPage {
        let (succeeded, failed, last) = self.state.withLock { ($0.succeeded, $0.failed, $0.last) }
        let uid = peer.isPrivileged ? nil : peer.uid
        let tasks = failed.tasks(of: uid) + (query.onlyFailures ? [] : succeeded.tasks(of: uid))
        let wanted = tasks.filter { $0.number > query.after }.sorted { $0.number < $1.number }
        return HistoryPage(tasks: Array(wanted.suffix(query.limit)), last: last)
    }
}

extension EndedTask.Failure {
    /// Nil when the task succeeded.
    fileprivate init?(_ outcome: TaskOutcome) {
        guard case .failure(let failure) = outcome.result else { return nil }
        let first = failure.message.split(separator: "\n", maxSplits: 1).first.map(String.init) ?? ""
        self.init(
            message: BoundedText.cut(first, toBytes: Self.maximumMessage),
            type: failure.type.map { BoundedText.cut($0, toBytes: 100) },
            line: failure.line,
            itemIndex: failure.itemIndex
        )
    }
}
