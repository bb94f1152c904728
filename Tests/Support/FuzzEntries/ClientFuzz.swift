import JSONBytes
import Tasks

@testable import Client
@testable import Commands

/// Reads bytes as what a hostile service answers: as a stream of events, as a response, and as the lists that the command line
/// shows.
enum ClientFuzz {
    private static let maximumLine = 1000

    static func violation(_ bytes: [UInt8]) -> String? {
        Self.stream(bytes) ?? Self.answer(bytes) ?? Self.lists(bytes)
    }

    /// The lines are the same however the bytes are cut, and each is read as an event or refused.
    private static func stream(_ bytes: [UInt8]) -> String? {
        let whole = Self.lines(bytes, step: bytes.count)
        guard whole == Self.lines(bytes, step: 1) else { return "the lines depend on how the stream is cut" }
        for line in whole ?? [] {
            guard let event = try? StreamedEvent(line) else { continue }
            if case .result(let answer) = event, let fault = Self.shown(answer) { return fault }
        }
        return nil
    }

    /// Nil when a line is longer than the bound.
    private static func lines(_ bytes: [UInt8], step: Int) -> [[UInt8]]? {
        var splitter = LineSplitter(maximumLength: Self.maximumLine)
        var lines: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let complete = try? splitter.append(rest.prefix(step)) else { return nil }
            lines += complete.map { Array($0) }
            rest = rest.dropFirst(step)
        }
        return lines
    }

    private static func answer(_ bytes: [UInt8]) -> String? {
        guard let answer = try? TaskAnswer(bytes) else { return nil }
        return Self.shown(answer)
    }

    /// What the command line prints of an answer.
    private static func shown(_ answer: TaskAnswer) -> String? {
        if let failure = answer.failure {
            let text = TaskFailureText(fileName: "a.py", code: "return 1").text(failure, outcome: answer.outcome)
            if let fault = TerminalSafety.violation(lines: text, of: "a failure") { return fault }
        }
        for format in ItemsOutput.allCases {
            guard let items = answer.items, let output = try? format.text(items) else { continue }
            let text = String(decoding: output, as: UTF8.self)
            if let fault = TerminalSafety.violation(lines: text, of: "\(format)") { return fault }
        }
        return nil
    }

    private static func lists(_ bytes: [UInt8]) -> String? {
        guard let tree = try? JSONTree(bytes) else { return nil }
        let again = try? JSONTree(tree.line.utf8)
        guard again == tree else { return "a tree reads back as another: \(tree.line)" }
        _ = tree.milliseconds
        let screen = Screen(width: 80, height: 24, style: .plain, isUTF8: true)
        let table = TasksCommand.table(tree.elements ?? tree["tasks"]?.elements ?? [], on: screen)
        return TerminalSafety.violation(line: tree.line, of: "a tree")
            ?? TerminalSafety.violation(lines: table, of: "the list of tasks")
            ?? TerminalSafety.violation(lines: InfoCommand.text(tree, on: screen), of: "info")
            ?? Self.screens(tree)
    }

    private static func screens(_ tree: JSONTree) -> String? {
        let screen = Screen(width: 80, height: 24, style: .plain, isUTF8: true)
        let tasks = tree.elements ?? tree["tasks"]?.elements ?? [tree]
        let top = TopReport(info: tree, tasks: tasks, before: tasks.first.map { ["x": $0] } ?? [:])
        let status = StatusReport(info: tree, tasks: tasks, failures: tasks, now: 1_790_000_000_000)
        return TerminalSafety.violation(lines: top.text(on: screen), of: "the tasks that run")
            ?? TerminalSafety.violation(lines: status.text(on: screen), of: "the status")
            ?? TerminalSafety.violation(lines: HistoryText.details(tree, screen), of: "a task that has ended")
    }
}
