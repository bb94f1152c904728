/// One line of the table.
struct Figure {
    var name: String
    var value: Double
    var unit: String
    /// The most it may be; nil where nothing was promised.
    var budget: Double?

    var isWithinBudget: Bool { self.budget.map { self.value <= $0 } ?? true }

    var description: String {
        let name = self.name + String(repeating: " ", count: max(1, 58 - self.name.count))
        let value = Self.text(self.value)
        let budget = self.budget.map { "  (at most \(Self.text($0)))" } ?? ""
        return name + String(repeating: " ", count: max(0, 10 - value.count)) + value + " \(self.unit)\(budget)"
            + (self.isWithinBudget ? "" : "  MISSED")
    }

    /// As many digits as mean something.
    private static func text(_ value: Double) -> String {
        if value >= 100 { return "\(Int(value.rounded()))" }
        let tenths = (value * 100).rounded() / 100
        return "\(tenths)"
    }
}
