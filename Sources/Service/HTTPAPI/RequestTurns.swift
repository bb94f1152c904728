import NIOCore
import Synchronization

/// Divides the time of one event loop among users: the requests of one user take half of it at most, beside a short burst.
///
/// A request takes up to some milliseconds of the loop, such as a page of the history. A user may have hundreds of connections and send
/// many requests at once on each; without turns, all of them would come before the next request of another user. Used on its
/// event loop alone; that makes it `Sendable`.
final class RequestTurns: @unchecked Sendable {
    typealias Body = () -> Void

    private struct Account {
        /// What the user's requests may still take, in nanoseconds. The last request may have taken more.
        var credit = RequestTurns.burst
        /// When the credit was counted last.
        var time: NIODeadline
        var isRunning = false
        var waiting = CircularBuffer<Body>()
    }

    /// The time that the requests of a user take without a pause, in nanoseconds. Afterwards each pause is as long as the
    /// requests before it.
    static let burst: Int64 = 5_000_000
    /// Users that have been idle are forgotten when there are more than this.
    private static let maximumIdle = 1000

    private let eventLoop: any EventLoop
    private var accounts: [UInt32: Account] = [:]

    init(on eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// Handles a request of a user: at once, or after those of the same user that wait.
    func run(for uid: UInt32, _ body: @escaping Body) {
        var account = self.account(of: uid)
        guard account.waiting.isEmpty, !account.isRunning, account.credit > 0 else {
            account.waiting.append(body)
            self.accounts[uid] = account
            // If others wait already, the next turn is scheduled. If a request runs, its end schedules the next turn.
            if account.waiting.count == 1, !account.isRunning { self.schedule(uid, account.credit) }
            return
        }
        self.accounts[uid] = account
        self.handle(body, of: uid)
    }

    private func account(of uid: UInt32) -> Account {
        let now = self.eventLoop.now
        guard var account = self.accounts[uid] else {
            if self.accounts.count > Self.maximumIdle {
                let idle = TimeAmount.nanoseconds(2 * Self.burst)
                self.accounts = self.accounts.filter { !$0.value.waiting.isEmpty || now - $0.value.time < idle }
            }
            return Account(time: now)
        }
        account.credit = min(Self.burst, account.credit + max(0, (now - account.time).nanoseconds))
        account.time = now
        return account
    }

    private func handle(_ body: Body, of uid: UInt32) {
        let start = self.eventLoop.now
        self.accounts[uid]?.isRunning = true
        body()
        let end = self.eventLoop.now
        guard var account = self.accounts[uid] else { return }
        account.isRunning = false
        account.credit -= (end - start).nanoseconds
        account.time = end
        self.accounts[uid] = account
        if !account.waiting.isEmpty { self.schedule(uid, account.credit) }
    }

    /// The next turn comes when the credit is above zero. NIO polls its sockets only when no task is due, so that a pause lets
    /// the requests of other users in.
    private func schedule(_ uid: UInt32, _ credit: Int64) {
        self.eventLoop.scheduleTask(in: .nanoseconds(max(0, 1 - credit))) {
            guard var account = self.accounts[uid].map({ _ in self.account(of: uid) }),
                let body = account.waiting.popFirst()
            else { return }
            self.accounts[uid] = account
            self.handle(body, of: uid)
        }
    }
}

/// The turns of each event loop of one server. Thread-safe.
final class LoopTurns: Sendable {
    private let turns = Mutex<[ObjectIdentifier: RequestTurns]>([:])

    /// The turns of an event loop, which lives as long as the server.
    func turns(of eventLoop: any EventLoop) -> RequestTurns {
        self.turns.withLock { turns in
            let id = ObjectIdentifier(eventLoop)
            if let known = turns[id] { return known }
            let new = RequestTurns(on: eventLoop)
            turns[id] = new
            return new
        }
    }
}
