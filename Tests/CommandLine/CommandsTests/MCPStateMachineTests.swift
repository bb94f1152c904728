import Client
import Testing

@testable import Commands

/// Messages of the Model Context Protocol go in, actions come out.
@Suite struct MCPStateMachineTests {
    private var machine = MCPStateMachine()

    private mutating func received(_ text: String) -> [MCPStateMachine.Action] {
        self.machine.received(.complete(Array(text.utf8)))
    }

    private static func call(_ id: String) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"run_python","arguments":{"code":"x"}}}"#
    }

    private static func id(_ text: String) throws -> MCPRequestID {
        try #require(MCPRequestID(try JSONTree(text.utf8)))
    }

    private static func sent(_ actions: [MCPStateMachine.Action]) throws -> JSONTree {
        guard case .send(let message)? = actions.first, actions.count == 1 else {
            Issue.record("\(actions)")
            return .null
        }
        #expect(!message.contains(0x0A))
        return try JSONTree(message)
    }

    /// The code of the error that is sent.
    private mutating func code(_ text: String) throws -> Int? {
        try Self.sent(self.received(text))["error"]?["code"]?.integer
    }

    private mutating func isStarted(_ id: String) -> Bool {
        guard case .start? = self.received(Self.call(id)).first else { return false }
        return true
    }

    private mutating func ended(_ id: String) throws -> Bool {
        self.machine.ended(try Self.id(id))
    }

    @Test mutating func aCallIsStartedOnceAndEndsOnce() throws {
        let call = try MCPToolCall(try JSONTree(#"{"code":"x"}"#.utf8))
        let first = self.received(Self.call("1"))
        #expect(first == [.start(try Self.id("1"), .call(call, progress: nil))])
        // The same identifier again, while the first is running.
        let again = try self.code(Self.call("1"))
        #expect(again == -32600)
        // A string of the same digits is another identifier.
        let string = self.received(Self.call("\"1\""))
        #expect(string == [.start(try Self.id("\"1\""), .call(call, progress: nil))])
        let ends = [try self.ended("1"), try self.ended("1")]
        #expect(ends == [true, false])
        let later = self.isStarted("1")
        #expect(later)
    }

    @Test mutating func aCancelledCallIsNotAnswered() throws {
        let cancelled = #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#
        let before = self.received(cancelled)
        #expect(before.isEmpty)
        _ = self.received(Self.call("1"))
        let actions = self.received(cancelled)
        #expect(actions == [.cancel(try Self.id("1"))])
        let again = self.received(cancelled)
        #expect(again.isEmpty)
        let isAnswered = try self.ended("1")
        #expect(!isAnswered)
    }

    @Test mutating func oneMoreThanTheBoundIsRefused() throws {
        for id in 0..<MCPStateMachine.maximumRunning {
            let isStarted = self.isStarted("\(id)")
            #expect(isStarted, "\(id)")
        }
        let refused = try self.code(Self.call("99"))
        #expect(refused == -32000)
        let hasEnded = try self.ended("0")
        #expect(hasEnded)
        let isStarted = self.isStarted("99")
        #expect(isStarted)
        let full = try self.code(Self.call("0"))
        #expect(full == -32000)
    }

    @Test(arguments: MCPStateMachine.versions)
    mutating func theVersionThatIsAskedForIsAgreedUpon(version: String) throws {
        let welcome = try Self.sent(
            self.received(
                #"{"jsonrpc":"2.0","id":"a","method":"initialize","params":{"protocolVersion":"\#(version)"}}"#
            )
        )
        #expect(welcome["id"]?.text == "a")
        #expect(welcome["result"]?["protocolVersion"]?.text == version)
    }

    @Test mutating func theTokenOfTheProgressComesWithTheCall() throws {
        let actions = self.received(
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"_meta":{"progressToken":"t"},"#
                + #""name":"run_python","arguments":{"code":"x"}}}"#
        )
        let call = try MCPToolCall(try JSONTree(#"{"code":"x"}"#.utf8))
        #expect(actions == [.start(try Self.id("1"), .call(call, progress: try Self.id("\"t\"")))])
    }

    @Test mutating func aLineThatIsTooLongIsAnError() throws {
        let error = try Self.sent(self.machine.received(.tooLong))
        #expect(error["error"]?["code"]?.integer == -32700)
    }

    // MARK: Lines

    @Test func linesAreCutAtLineFeedsAndBounded() {
        var splitter = InputLineSplitter()
        let longest = [UInt8](repeating: 0x20, count: InputLine.maximumLength)
        let pieces: [(bytes: [UInt8], lines: [InputLine])] = [
            (Array("a\nb".utf8), [.complete(Array("a".utf8))]),
            (Array("c\n\n".utf8), [.complete(Array("bc".utf8)), .complete([])]),
            (longest + [0x0A], [.complete(longest)]),
            (longest, []), ([0x20], []), (longest + [0x0A, 0x61, 0x0A], [.tooLong, .complete([0x61])]),
        ]
        for (index, piece) in pieces.enumerated() {
            let isAsExpected = splitter.append(piece.bytes) == piece.lines
            #expect(isAsExpected, "\(index)")
        }
    }

    // MARK: Progress

    @Test func progressGrowsAndIsSentAtMostTenTimesASecond() throws {
        let start = ContinuousClock.now
        var progress = MCPProgress(token: try Self.id("5"))
        func tree(_ text: String, after time: Duration) throws -> JSONTree? {
            try progress.printed(text, at: start + time).map { try JSONTree($0) }
        }
        let first = try tree("a", after: .zero)
        #expect(first?["params"]?["progress"]?.integer == 1)
        #expect(first?["params"]?["progressToken"]?.integer == 5)
        #expect(try tree("b", after: .milliseconds(99)) == nil)
        let second = try tree("c", after: .milliseconds(100))
        #expect(second?["params"]?["progress"]?.integer == 2)
        #expect(second?["params"]?["message"]?.text == "c")
        var none = MCPProgress(token: nil)
        let nothing = none.printed("a", at: start)
        #expect(nothing == nil)
    }

    @Test(arguments: [("1.5", 1500), ("1e300", 1e12), ("1e-300", 1)] as [(String, Double)])
    func aTimeoutOutOfRangeBecomesTheNearest(number: String, milliseconds: Double) throws {
        let call = try MCPToolCall(try JSONTree(#"{"code":"x","timeout":\#(number)}"#.utf8))
        #expect(call.timeout == .milliseconds(milliseconds))
    }

    @Test(arguments: ["1e999", "-1e999", "0", "-1"]) func aTimeoutThatIsNoTimeIsRefused(number: String) {
        #expect(throws: CommandError.self) {
            try MCPToolCall(try JSONTree(#"{"code":"x","timeout":\#(number)}"#.utf8))
        }
    }
}
