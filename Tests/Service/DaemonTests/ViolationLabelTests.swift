import Tasks
import Testing

@testable import Daemon

@Suite struct ViolationLabelTests {
    private func label(_ rule: String, _ construct: String) -> String {
        let violation = PolicyViolation(rule: rule, construct: construct, line: 1, column: 1, message: "")
        let label = ViolationLabel(violation)
        return "\(label.rule) \(label.construct)"
    }

    @Test func constructsThatAreWatchedAreNamed() {
        #expect(self.label("import", "import os.path") == "import os")
        #expect(self.label("import", "from subprocess import run, PIPE") == "import subprocess")
        #expect(self.label("builtin", "eval") == "builtin eval")
        #expect(self.label("builtin", "class") == "builtin class")
        #expect(self.label("attribute", ".__globals__") == "attribute other")
    }

    @Test func whateverElseAWorkerSaysIsOther() {
        var labels: Set<String> = []
        for index in 0..<1000 {
            labels.insert(self.label("import", "import mine\(index)"))
            labels.insert(self.label("builtin", "eval\(index)"))
            labels.insert(self.label("rule\(index)", "eval"))
            labels.insert(self.label("import", String(repeating: "x", count: index)))
        }
        #expect(labels == ["import other", "builtin other", "other other"])
    }
}
