import Tasks
import Testing

@testable import Commands

@Suite struct TaskFailureTextTests {
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
            TaskFailureText(fileName: "a.py", code: Self.code).text(failure, outcome: "python_error") == """
                error: AttributeError: 'dict' object has no attribute 'json' [python_error]
                 --> a.py:3:9, _items[2]
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
            TaskFailureText(fileName: "<code>", code: "import os").text(failure, outcome: "policy_violation") == """
                error: os is refused [import]
                 --> <code>:1:8
                1 | import os
                  |        ^^
                hint: list it
                error: eval is denied [builtin]
                 --> <code>:9:1

                """
        )
    }

    @Test func theCaretStandsUnderTheCharacterWhateverItsWidth() {
        let failure = TaskFailure(.syntaxError, message: "bad", line: 1, column: 5, sourceLine: "日本é = ")
        let text = TaskFailureText(fileName: "a", code: "").text(failure, outcome: "syntax_error")
        #expect(text.contains("\n  |       ^\n"))
    }

    @Test func nothingATaskSaysDrivesTheTerminal() {
        let failure = TaskFailure(.pythonError, message: "\u{1B}]0;owned\u{7}\u{202E}", type: "E\u{9B}")
        let text = TaskFailureText(fileName: "a", code: "").text(failure, outcome: "python_error")
        #expect(text == "error: E\\u{9b}: \\u{1b}]0;owned\\u{7}\\u{202e} [python_error]\n")
    }

    @Test func eachModuleOfOneStatementIsUnderlined() {
        let texts = TaskFailureText(fileName: "a.py", code: "import osx, os, sys")
        func text(_ construct: String, _ column: Int = 1) -> String {
            texts.text(PolicyViolation(rule: "import", construct: construct, line: 1, column: column, message: "no"))
        }
        #expect(text("import os").contains("a.py:1:13\n1 | import osx, os, sys\n  |             ^^\n"))
        #expect(text("import sys").contains("a.py:1:17\n1 | import osx, os, sys\n  |                 ^^^\n"))
        // The control: what is not on the line leaves the column as it is, whatever column the service names.
        #expect(text("import json").contains("a.py:1:1\n1 | import osx, os, sys\n  | ^\n"))
        #expect(text("import os", .max).contains("a.py:1:\(Int.max)\n"))
    }

    @Test func coloursAreThereOnlyWhenTheStyleHasThem() {
        let violation = PolicyViolation(rule: "import", construct: "import os", line: 1, column: 1, message: "no\u{1B}")
        let colored = TaskFailureText(fileName: "a", code: "import os", style: TerminalStyle(isColored: true))
        #expect(
            colored.text(violation) == """
                \u{1B}[1;31merror:\u{1B}[0m \u{1B}[1mno\\u{1b} [import]\u{1B}[0m
                 \u{1B}[1;34m-->\u{1B}[0m a:1:8
                \u{1B}[1;34m1 |\u{1B}[0m import os
                \u{1B}[1;34m  |\u{1B}[0m        \u{1B}[1;31m^^\u{1B}[0m

                """
        )
        #expect(!TaskFailureText(fileName: "a", code: "import os").text(violation).contains("\u{1B}"))
    }

    @Test(
        arguments: [
            ([:], true, true), ([:], false, false), (["NO_COLOR": "1"], true, false), (["NO_COLOR": ""], true, true),
            (["CLICOLOR_FORCE": "1"], false, true), (["CLICOLOR_FORCE": "0"], false, false),
            (["CLICOLOR_FORCE": "1", "NO_COLOR": "1"], true, false), (["TERM": "dumb"], true, false),
            (["CLICOLOR": "0"], true, false),
        ] as [([String: String], Bool, Bool)]
    )
    func theEnvironmentDecidesAboutColours(environment: [String: String], isTerminal: Bool, isColored: Bool) {
        #expect(TerminalStyle(environment: environment, isTerminal: isTerminal).isColored == isColored)
    }
}
