public import JSONBytes
public import Tasks

/// The JSON of the findings of a check. The API and the output of commands have the same form; docs/http-api.md
/// describes it.
extension JSONWriter {
    /// Writes a report's members `violations` and `hints` into the object that is open.
    public mutating func writeMembers(of report: CheckReport) {
        self.write(report.violations, for: "violations")
        self.key("hints")
        self.beginArray()
        for hint in report.hints {
            self.beginObject()
            self.write(hint.line, for: "line")
            self.write(hint.column, for: "column")
            self.write(hint.construct, for: "construct")
            self.write(hint.message, for: "message")
            self.endObject()
        }
        self.endArray()
    }

    /// Writes a member that is an array of violations.
    public mutating func write(_ violations: [PolicyViolation], for key: String) {
        self.key(key)
        self.beginArray()
        for violation in violations {
            self.beginObject()
            self.write(violation.rule, for: "rule")
            self.write(violation.construct, for: "construct")
            self.write(violation.line, for: "line")
            self.write(violation.column, for: "column")
            self.write(violation.message, for: "message")
            self.write(violation.hint, for: "hint")
            self.endObject()
        }
        self.endArray()
    }
}
