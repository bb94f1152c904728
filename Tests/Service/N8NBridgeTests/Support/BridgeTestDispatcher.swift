import JSONBytes
import N8NTestBroker
import NIOCore
import NIOPosix
import Synchronization
import Tasks

/// A dispatcher that acts on the code of a task without running Python: the dispatcher of a bridge under test.
///
/// `echo` answers the items, `hold` runs until it is told to end or cancelled, `print` prints before it answers, and
/// so on. Outcomes come from another thread than the bridge's, unless `isInline` says that they come before `submit`
/// returns.
final class BridgeTestDispatcher: TaskDispatching {
    struct Submission: Sendable {
        var id: TaskID
        var submitted: TaskSubmission
        var observer: any TaskObserver

        var task: PythonTask { self.submitted.task }
        var code: String { String(decoding: self.task.code, as: UTF8.self) }
        var itemsText: String { String(decoding: self.task.items.bytes, as: UTF8.self) }
    }

    private struct State {
        var generator = SystemRandomNumberGenerator()
        var held: [TaskID: Submission] = [:]
        var isDraining = false
        var count = 0
        var largest = 0
    }

    let isInline: Bool
    /// Every task that came in.
    let submissions = Mailbox<Submission>()
    /// Every task that was cancelled while it was held.
    let cancellations = Mailbox<TaskID>()
    private let state = Mutex(State())
    private let loop = MultiThreadedEventLoopGroup.singleton.next()

    init(isInline: Bool = false) {
        self.isInline = isInline
    }

    var heldCount: Int { self.state.withLock { $0.held.count } }
    var heldTasks: [Submission] { self.state.withLock { Array($0.held.values) } }
    var submissionCount: Int { self.state.withLock { $0.count } }
    /// The most tasks there were at once.
    var largestLoad: Int { self.state.withLock { $0.largest } }

    func drain() {
        self.state.withLock { $0.isDraining = true }
    }

    func submit(
        _ submitted: TaskSubmission,
        from peer: Peer,
        observer: any TaskObserver
    ) -> Swift.Result<TaskID, Rejection> {
        let code = String(decoding: submitted.task.code, as: UTF8.self)
        if code == "full" { return .failure(.queueFull(limit: 7)) }
        let submission = self.state.withLock { state -> Submission? in
            guard !state.isDraining else { return nil }
            let submission = Submission(id: TaskID(using: &state.generator), submitted: submitted, observer: observer)
            state.held[submission.id] = submission
            state.count += 1
            state.largest = max(state.largest, state.held.count)
            return submission
        }
        guard let submission else { return .failure(.draining) }
        if self.isInline {
            self.perform(submission, code)
        } else {
            self.loop.execute { self.perform(submission, code) }
        }
        self.submissions.put(submission)
        return .success(submission.id)
    }

    private func perform(_ submission: Submission, _ code: String) {
        submission.observer.taskEmitted(.started, submission.id)
        switch code {
        case "echo":
            self.end(submission.id, .items(submission.task.items.bytes))
        case "query":
            self.end(submission.id, .items(submission.task.query ?? Array("\"none\"".utf8)[...]))
        case "print":
            for text in [#"["one"]"#, #"["two","{\"a\": 1}"]"#] {
                submission.observer.taskEmitted(.console(Array(text.utf8)[...]), submission.id)
            }
            submission.observer.taskEmitted(.log(.stderr, "plain\n"), submission.id)
            self.end(submission.id, .items([0x5B, 0x5D]))
        case "fail":
            self.end(submission.id, .failure(Self.failure))
        case "large":
            self.end(submission.id, .items(Self.largeResult[...]))
        default:
            break
        }
    }

    /// A result of 100 MB.
    static let largeResult: [UInt8] = {
        var text: [UInt8] = []
        text.reserveCapacity(100_000_100)
        text += #"[{"json":{"text":""#.utf8
        text += [UInt8](repeating: UInt8(ascii: "x"), count: 100_000_000)
        text += #""}}]"#.utf8
        return text
    }()

    static let failure = TaskFailure(
        .pythonError,
        message: "KeyError: 'name'",
        type: "KeyError",
        line: 3,
        column: 5,
        sourceLine: "    return item['name']",
        traceback: "Traceback (most recent call last):\n  line 3",
        itemIndex: 2,
        hint: "Is there a name in every item?"
    )

    /// Ends a task that is held.
    func end(_ id: TaskID, _ result: TaskOutcome.Result) {
        guard let submission = self.state.withLock({ $0.held.removeValue(forKey: id) }) else { return }
        submission.observer.taskFinished(TaskOutcome(result: result), id)
    }

    /// Prints for a task that is held.
    func print(_ id: TaskID, _ arguments: String) {
        let submission = self.state.withLock { $0.held[id] }
        submission?.observer.taskEmitted(.console(Array(arguments.utf8)[...]), id)
    }

    /// Waits until every task whose cancellation was put into ``cancellations`` has ended.
    func settle() async throws {
        try await self.loop.submit {}.get()
    }

    func cancel(_ id: TaskID, by peer: Peer) -> Bool {
        guard self.state.withLock({ $0.held[id] }) != nil else { return false }
        self.loop.execute { self.end(id, .failure(TaskFailure(.cancelled, message: "the task was cancelled"))) }
        self.cancellations.put(id)
        return true
    }

    func tasks(visibleTo peer: Peer) -> [TaskSummary] { [] }
}
