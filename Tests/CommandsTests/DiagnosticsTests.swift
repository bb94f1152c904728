import Tasks
import Testing

@testable import Commands

@Suite struct DiagnosticsTests {
    static let code = "x = 1\r\nif x:\n\treturn _items[0].json\n"

    @Test func aFailureShowsTheLineAndACaret() {
        let failure = TaskFailure(
            .pythonError,
            message: "'dict' object has no attribute 'json'",
            type: "AttributeError",
            line: 3,
            column: 9,
            traceback: "Traceback (most recent call last):\n  …",
            itemIndex: 2,
            hint: "use item[\"json\"]"
        )
        #expect(
            Diagnostics(fileName: "a.py", code: Self.code).text(failure, outcome: "python_error") == """
                error: AttributeError: 'dict' object has no attribute 'json' [python_error]
                 --> a.py:3:9, item 2
                3 | \treturn _items[0].json
                  | \t       ^
                Traceback (most recent call last):
                  …
                hint: use item["json"]

                """
        )
    }

    @Test func everyViolationIsShown() {
        let failure = TaskFailure(
            .policyViolation,
            message: "2 violations",
            violations: [
                PolicyViolation(
                    rule: "import",
                    construct: "import os",
                    line: 1,
                    column: 1,
                    message: "os is refused",
                    hint: "list it"
                ),
                PolicyViolation(rule: "builtin", construct: "eval", line: 9, column: 1, message: "eval is denied"),
            ]
        )
        #expect(
            Diagnostics(fileName: "<code>", code: "import os").text(failure, outcome: "policy_violation") == """
                error: os is refused [import]
                 --> <code>:1:1
                1 | import os
                  | ^
                hint: list it
                error: eval is denied [builtin]
                 --> <code>:9:1

                """
        )
    }

    @Test func theCaretStandsUnderTheCharacterWhateverItsWidth() {
        let failure = TaskFailure(.syntaxError, message: "bad", line: 1, column: 5, sourceLine: "日本é = ")
        let text = Diagnostics(fileName: "a", code: "").text(failure, outcome: "syntax_error")
        #expect(text.contains("\n  |       ^\n"))
    }

    @Test func nothingATaskSaysDrivesTheTerminal() {
        let failure = TaskFailure(.pythonError, message: "\u{1B}]0;owned\u{7}", type: "E\u{9B}")
        let text = Diagnostics(fileName: "a", code: "").text(failure, outcome: "python_error")
        #expect(text == "error: E\\x9b: \\x1b]0;owned\\x07 [python_error]\n")
    }
}
