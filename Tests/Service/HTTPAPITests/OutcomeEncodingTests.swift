import Foundation
import JSONBytes
import Tasks
import Testing

@testable import HTTPAPI

@Suite struct OutcomeEncodingTests {
    private let id: TaskID

    init() throws {
        self.id = try #require(TaskID("0123456789abcdef0123456789abcdef"))
    }

    private func response(
        _ outcome: TaskOutcome,
        _ logs: LogTranscript = LogTranscript(),
        isEvent: Bool = false
    ) throws
        -> String
    {
        let pieces = OutcomeEncoding.response(self.id, outcome, logs: logs, isEvent: isEvent)
        let bytes = pieces.flatMap { $0 }
        try JSONText.validate(bytes[...], maximumNesting: 16)
        #expect(bytes.filter { $0 == 0x0A }.count == 1)
        #expect(bytes.last == 0x0A)
        return String(decoding: bytes.dropLast(), as: UTF8.self)
    }

    @Test func aSuccessCarriesItemsLogsAndUsage() throws {
        var logs = LogTranscript()
        logs.append("one\n", to: .stdout)
        logs.append("two", to: .stdout)
        logs.append("\u{1B}[31m", to: .stderr)
        logs.append("", to: .stdout)
        logs.append("three", to: .stdout)
        let outcome = TaskOutcome(
            result: .items(Array(#"[{"json":{"a":1}}]"#.utf8)[...]),
            logsTruncated: true,
            usage: TaskUsage(
                queued: .microseconds(250),
                wall: .microseconds(1_500),
                cpu: .milliseconds(2),
                peakResidentBytes: 4096
            )
        )
        let expected =
            #"{"id":"0123456789abcdef0123456789abcdef","outcome":"succeeded","items":[{"json":{"a":1}}],"#
            + #""logs":[{"stream":"stdout","text":"one\ntwo"},{"stream":"stderr","text":"\u001b[31m"},"#
            + #"{"stream":"stdout","text":"three"}],"logs_truncated":true,"#
            + #""usage":{"queued_ms":0.25,"wall_ms":1.5,"cpu_ms":2,"max_rss_bytes":4096}}"#
        #expect(try self.response(outcome, logs) == expected)
        #expect(try self.response(outcome, logs, isEvent: true) == #"{"event":"result","# + expected.dropFirst())
    }

    @Test func theItemsAreNotCopied() throws {
        let items = [UInt8]("[{}]".utf8)[...]
        let pieces = OutcomeEncoding.response(
            self.id,
            TaskOutcome(result: .items(items)),
            logs: .init(),
            isEvent: false
        )
        let addresses = items.withUnsafeBufferPointer { items in
            pieces.map { $0.withUnsafeBufferPointer { $0.baseAddress == items.baseAddress } }
        }
        #expect(addresses == [false, true, false])
    }

    @Test func aFailureCarriesWhatThereIs() throws {
        #expect(
            try self.response(TaskOutcome(result: .failure(TaskFailure(.cancelled, message: "cancelled"))))
                == #"{"id":"0123456789abcdef0123456789abcdef","outcome":"cancelled","error":{"message":"cancelled"},"#
                + #""logs":[],"logs_truncated":false,"#
                + #""usage":{"queued_ms":0,"wall_ms":0,"cpu_ms":0,"max_rss_bytes":0}}"#
        )
        let failure = TaskFailure(
            .policyViolation,
            message: "a \"b\"",
            type: "T",
            line: 3,
            column: 5,
            sourceLine: "import os",
            traceback: "Traceback\n",
            itemIndex: 0,
            hint: "h",
            violations: [
                PolicyViolation(rule: "import", construct: "import os", line: 3, column: 5, message: "m", hint: "n"),
                PolicyViolation(rule: "r", construct: "c", line: 4, column: 1, message: "m"),
            ]
        )
        let text = try self.response(TaskOutcome(result: .failure(failure)))
        #expect(
            text.contains(
                #""outcome":"policy_violation","error":{"message":"a \"b\"","type":"T","line":3,"column":5,"#
                    + #""source_line":"import os","traceback":"Traceback\n","item_index":0,"hint":"h","violations":"#
                    + #"[{"rule":"import","construct":"import os","line":3,"column":5,"message":"m","hint":"n"},"#
                    + #"{"rule":"r","construct":"c","line":4,"column":1,"message":"m"}]},"logs""#
            )
        )
    }

    @Test func aCheckAnswersViolationsAndHints() throws {
        func check(_ result: TaskOutcome.Result) throws -> String {
            String(decoding: try OutcomeEncoding.checkResponse(TaskOutcome(result: result)).dropLast(), as: UTF8.self)
        }
        #expect(try check(.checked(CheckReport())) == #"{"violations":[],"hints":[]}"#)
        let hint = CodeHint(line: 1, column: 2, construct: "_input", message: "use _items")
        #expect(
            try check(.checked(CheckReport(hints: [hint])))
                == #"{"violations":[],"hints":[{"line":1,"column":2,"construct":"_input","message":"use _items"}]}"#
        )
        let syntax = TaskFailure(.syntaxError, message: "bad", line: 2, column: 4, sourceLine: "a b", hint: "h")
        #expect(
            try check(.failure(syntax))
                == #"{"violations":[{"rule":"syntax","construct":"a b","line":2,"column":4,"message":"bad","hint":"h"}],"#
                + #""hints":[]}"#
        )
        let problem = #expect(throws: ProblemDocument.self) {
            try check(.failure(TaskFailure(.workerDied, message: "killed by SIGSEGV")))
        }
        #expect(problem?.status == .internalServerError)
    }

    @Test func eventsShowWhatWasPrintedOnceAndInOrder() {
        var logs = LogTranscript()
        func events() -> String {
            var writer = JSONWriter()
            logs.stream(into: &writer)
            return String(decoding: writer.bytes, as: UTF8.self)
        }
        #expect(events() == "")
        logs.append("a", to: .stdout)
        logs.append("b", to: .stdout)
        #expect(events() == #"{"event":"log","stream":"stdout","text":"ab"}"# + "\n")
        #expect(events() == "")
        logs.append("\"", to: .stdout)
        logs.append("d", to: .stderr)
        #expect(
            events() == #"{"event":"log","stream":"stdout","text":"\""}"# + "\n"
                + #"{"event":"log","stream":"stderr","text":"d"}"# + "\n"
        )
        logs.append("e", to: .stdout)
        #expect(events() == #"{"event":"log","stream":"stdout","text":"e"}"# + "\n")
        #expect(events() == "")
    }

    @Test func aTaskThatChangesTheStreamWithEveryByteCostsLittle() async {
        // In a process of its own, since other tests run in this one.
        await #expect(processExitsWith: .success) {
            func residentBytes() throws -> Int {
                let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
                return try #require(text.split(separator: " ").dropFirst().first.flatMap { Int($0) }) * 4096
            }
            let before = try residentBytes()
            var logs = LogTranscript()
            for _ in 0..<500_000 {
                logs.append("o", to: .stdout)
                logs.append("e", to: .stderr)
            }
            let grown = try residentBytes() - before
            #expect(grown > 1_000_000, "all of it is there")
            #expect(grown < 40 << 20, "\(grown)")
            withExtendedLifetime(logs) {}
        }
    }

    @Test func problemsAreDocuments() throws {
        var problem = ProblemDocument.invalid(
            "items[2] is a string, not an object.",
            field: "items",
            element: 2,
            at: 40
        )
        #expect(
            String(decoding: problem.encoded(), as: UTF8.self)
                == #"{"type":"urn:terrarium:problem:invalid-request","title":"The request is not valid","status":400,"#
                + #""detail":"items[2] is a string, not an object.","field":"items","element":2,"offset":40}"# + "\n"
        )
        problem = ProblemDocument(.queueFull(limit: 3))
        #expect(Response(problem).headers.map(\.0) == ["retry-after"])
        #expect(Response(problem).headers.map(\.1) == ["1"])
        try JSONText.validate(problem.encoded()[...], maximumNesting: 1)
    }
}
