import Tasks
import Testing
import Wire

@testable import WorkerPool

@Suite struct FinishedItemsTests {
    private static func bytes(_ text: String) -> ArraySlice<UInt8> { Array(text.utf8)[...] }
    private static func text(_ bytes: ArraySlice<UInt8>?) -> String? {
        bytes.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func partsAndTheResultAreOneArray() {
        var items = FinishedItems()
        #expect(items.all == nil)
        #expect(Self.text(items.joined(with: Self.bytes("[{}]"))) == "[{}]")
        for part in [#"[{"a":1},{"a":"]"}]"#, "[]", #" [ {"a":2} ] "#, "[ ]"] {
            items.append(Self.bytes(part), isKept: true)
        }
        #expect(Self.text(items.all) == #"[{"a":1},{"a":"]"}, {"a":2} ]"#)
        #expect(Self.text(items.joined(with: Self.bytes(#"[{"a":3}]"#))) == #"[{"a":1},{"a":"]"}, {"a":2} ,{"a":3}]"#)
        #expect(Self.text(items.joined(with: Self.bytes("[]"))) == #"[{"a":1},{"a":"]"}, {"a":2} ]"#)
    }

    private static func running(streams: Bool, mode: TaskMode = .eachItem) -> WorkerStateMachine {
        var machine = WorkerStateMachine(limits: WorkerStateMachineTests.limits, processors: 1)
        var generator = SystemRandomNumberGenerator()
        var task = PythonTask(code: Self.bytes("pass"), mode: mode)
        task.streamsItems = streams
        let assignment = TaskAssignment(id: TaskID(using: &generator), task: task, timeout: .seconds(1))
        _ = machine.frame(.ready, at: .now) { _, _ in nil }
        _ = machine.assigned(assignment, at: .now)
        _ = machine.frame(.started, at: .now) { _, _ in nil }
        return machine
    }

    private static func send(_ frame: WorkerFrame, _ machine: inout WorkerStateMachine) -> [WorkerStateMachine.Action] {
        machine.frame(frame, at: .now) { WorkerOutputValidator.problem($0, $1) }
    }

    private static func outcome(_ actions: [WorkerStateMachine.Action]) -> TaskOutcome? {
        for case .finish(let outcome) in actions { return outcome }
        return nil
    }

    @Test func aFailureHasTheItemsThatWereFinished() throws {
        var machine = Self.running(streams: false)
        #expect(Self.send(.items(Self.bytes("[{}]")), &machine).isEmpty)
        let failure = TaskFailure(.pythonError, message: "x")
        let outcome = try #require(Self.outcome(Self.send(.failure(WorkerStateMachineTests.usage, failure), &machine)))
        #expect(Self.text(outcome.partialItems) == "[{}]")
    }

    @Test func aResultHasThemAsWellUnlessTheyWereEvents() throws {
        for streams in [false, true] {
            var machine = Self.running(streams: streams)
            let actions = Self.send(.items(Self.bytes(#"[{"n":1}]"#)), &machine)
            #expect(actions.count == (streams ? 1 : 0))
            let result = WorkerFrame.result(WorkerStateMachineTests.usage, Self.bytes(#"[{"n":2}]"#))
            let outcome = try #require(Self.outcome(Self.send(result, &machine)))
            guard case .items(let items) = outcome.result else { preconditionFailure("a result") }
            #expect(Self.text(items) == (streams ? #"[{"n":2}]"# : #"[{"n":1},{"n":2}]"#))
            #expect(outcome.partialItems == nil)
        }
    }

    @Test func aTaskWithoutEachItemModeHasNone() {
        var machine = Self.running(streams: false, mode: .allItems)
        let actions = Self.send(.items(Self.bytes("[{}]")), &machine)
        #expect(actions.contains { if case .kill = $0 { true } else { false } })
    }

    @Test func itemsThatAreNoArrayOfObjectsEndTheWorker() {
        for text in ["[1]", "[{}", "{}", "[{}]\n", "[{}],[{}]"] {
            var machine = Self.running(streams: true)
            let actions = Self.send(.items(Self.bytes(text)), &machine)
            #expect(actions.contains { if case .kill = $0 { true } else { false } }, "\(text)")
        }
    }

    /// The limit is 1000 bytes of the whole array, with an empty result after them.
    @Test(arguments: [(490, true), (491, false)])
    func allItemsTogetherAreWithinTheLimitOfTheResult(length: Int, isTaken: Bool) {
        for streams in [false, true] {
            var machine = Self.running(streams: streams)
            // One array of 502 bytes, and then one of `length` + 10.
            let first = "[{\"a\":\"\(String(repeating: "x", count: 492))\"}]"
            _ = Self.send(.items(Self.bytes(first)), &machine)
            let second = "[{\"a\":\"\(String(repeating: "x", count: length))\"}]"
            let actions = Self.send(.items(Self.bytes(second)), &machine)
            #expect(actions.contains { if case .kill = $0 { true } else { false } } == !isTaken)
        }
    }
}
