import Tasks
import Testing

@testable import Daemon

@Suite struct TaskHistoryTests {
    private static let root = Peer(uid: 0, isPrivileged: true)
    private static let one = Peer(uid: 1001, isPrivileged: false)
    private static let two = Peer(uid: 1002, isPrivileged: false)

    private static func record(_ history: TaskHistory, _ peer: Peer, failing message: String? = nil) {
        var generator = SystemRandomNumberGenerator()
        let failure = message.map { TaskFailure(.pythonError, message: $0, type: "E", line: 3) }
        let result = failure.map { TaskOutcome.Result.failure($0) } ?? .items([])
        history.record(TaskOutcome(result: result), TaskID(using: &generator), label: "l", mode: .allItems, peer: peer)
    }

    @Test func aUserSeesItsOwnTasksAndRootAll() {
        let history = TaskHistory()
        Self.record(history, Self.one, failing: "a")
        Self.record(history, Self.two)
        #expect(history.page(visibleTo: Self.one, HistoryQuery()).tasks.map(\.number) == [1])
        #expect(history.page(visibleTo: Self.two, HistoryQuery()).tasks.map(\.number) == [2])
        #expect(
            history.page(visibleTo: Self.root, HistoryQuery()).tasks.map(\.outcome) == ["python_error", "succeeded"]
        )
        #expect(history.page(visibleTo: Self.one, HistoryQuery()).last == 2)
    }

    @Test func aQueryLimitsTheRows() {
        let history = TaskHistory()
        for number in 1...4 { Self.record(history, Self.one, failing: number.isMultiple(of: 2) ? "x" : nil) }
        func numbers(_ query: HistoryQuery) -> [UInt64] {
            history.page(visibleTo: Self.one, query).tasks.map(\.number)
        }
        #expect(numbers(HistoryQuery(after: 2)) == [3, 4])
        #expect(numbers(HistoryQuery(onlyFailures: true)) == [2, 4])
        #expect(numbers(HistoryQuery(limit: 1)) == [4])
    }

    @Test func aFailureIsCutToOneLineOfBoundedLength() throws {
        let history = TaskHistory()
        Self.record(history, Self.one, failing: String(repeating: "x", count: 10_000) + "\nmore")
        let failure = try #require(history.page(visibleTo: Self.one, HistoryQuery()).tasks.first?.failure)
        #expect(
            failure.message.utf8.count <= EndedTask.Failure.maximumMessage + 10 && failure.message.hasSuffix("[cut]")
        )
        #expect(failure.type == "E" && failure.line == 3)
    }

    @Test func successesDoNotDisplaceFailures() {
        let history = TaskHistory()
        Self.record(history, Self.one, failing: "a")
        for _ in 0..<TaskHistory.capacity + 1 { Self.record(history, Self.one) }
        let tasks = history.page(visibleTo: Self.one, HistoryQuery()).tasks
        #expect(tasks.count == TaskHistory.capacity + 1)
        #expect(tasks.first?.number == 1 && tasks.dropFirst().first?.number == 3)
    }

    @Test func aBusyUserDisplacesItsOwnTasksFirst() {
        let history = TaskHistory()
        Self.record(history, Self.two, failing: "a")
        for _ in 0..<TaskHistory.capacity { Self.record(history, Self.one, failing: "b") }
        #expect(history.page(visibleTo: Self.two, HistoryQuery()).tasks.count == 1)
        #expect(history.page(visibleTo: Self.one, HistoryQuery()).tasks.map(\.number).first == 3)
        #expect(history.page(visibleTo: Self.root, HistoryQuery()).tasks.count == TaskHistory.capacity)
    }
}
