import Client
import Commands
import JSONBytes

/// The results of a benchmark. Each value has a baseline of the same run, because only their ratio can be compared with
/// other runs and machines.
struct BenchReport: Sendable {
    struct Row: Sendable, Equatable {
        /// The name of the measurement. It must not change, because reports are compared by it.
        var name: String
        var value: Double
        var unit: String
        /// The name of the baseline by which the value is divided.
        var baseline: String
        var baselineValue: Double
        /// The largest ratio that the project permits, or for a rate the smallest; nil without a limit.
        var budget: Double?
        var isRate = false

        var ratio: Double { self.baselineValue > 0 ? self.value / self.baselineValue : 0 }
    }

    /// A row whose ratio is worse than in the reference report.
    struct Regression: Sendable, Equatable {
        /// The name of the row.
        var name: String
        var ratio: Double
        /// The ratio in the reference report.
        var earlier: Double

        var text: String {
            "\(self.name): the ratio is \(BenchReport.text(self.ratio)), it was \(BenchReport.text(self.earlier))"
        }
    }

    var rows: [Row] = []

    // MARK: As text

    var table: String {
        var table = TextTable(
            columns: [
                .init(title: "what"), .init(title: "value", isRightAligned: true), .init(title: "baseline"),
                .init(title: "time", isRightAligned: true), .init(title: "ratio", isRightAligned: true),
                .init(title: "budget", isRightAligned: true),
            ]
        )
        table.rows = self.rows.map { row in
            [
                row.name, "\(Self.text(row.value)) \(row.unit)", row.baseline,
                "\(Self.text(row.baselineValue)) \(row.unit)", Self.text(row.ratio),
                row.budget.map { (row.isRate ? "≥ " : "≤ ") + Self.text($0) } ?? "",
            ]
        }
        return table.text
    }

    var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("results")
        writer.beginArray()
        for row in self.rows {
            writer.beginObject()
            writer.key("name")
            writer.string(row.name)
            writer.key("value")
            writer.raw(Self.text(row.value).utf8)
            writer.key("unit")
            writer.string(row.unit)
            writer.key("baseline")
            writer.string(row.baseline)
            writer.key("baseline_value")
            writer.raw(Self.text(row.baselineValue).utf8)
            writer.key("ratio")
            writer.raw(Self.text(row.ratio).utf8)
            writer.key("is_rate")
            writer.boolean(row.isRate)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self) + "\n"
    }

    /// The number as text, with at least three significant digits from 1 on and three decimals below 1. It is limited to
    /// ±1e12, because a reference report may contain any number.
    static func text(_ value: Double) -> String {
        let value = value.isNaN ? 0 : min(max(value, -1e12), 1e12)
        let digits = value.magnitude >= 100 ? 0 : value.magnitude >= 10 ? 1 : value.magnitude >= 1 ? 2 : 3
        var scale = 1
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int((value * Double(scale)).rounded())
        guard digits > 0 else { return "\(scaled)" }
        let fraction = String(scaled.magnitude % scale.magnitude)
        let zeros = String(repeating: "0", count: digits - fraction.count)
        return "\(scaled < 0 ? "-" : "")\(scaled.magnitude / scale.magnitude).\(zeros)\(fraction)"
    }

    // MARK: Against a reference

    /// Finds the rows whose ratio is worse than in a reference report by more than the tolerance.
    ///
    /// - Parameters:
    ///   - reference: The JSON of the reference report.
    ///   - tolerance: How much worse a ratio may be, as a fraction: 0.3 means thirty per cent.
    /// - Returns: The rows that are worse.
    /// - Throws: ``CommandError`` when `reference` is not a report.
    func regressions(from reference: [UInt8], tolerance: Double) throws(CommandError) -> [Regression] {
        guard let results = (try? JSONTree(reference))?["results"]?.elements else {
            throw .badInput("the reference is not a report of \"terrarium-bench --json\"")
        }
        return self.rows.compactMap { row in
            guard let earlier = results.first(where: { $0["name"]?.text == row.name })?["ratio"]?.double else {
                return nil
            }
            let isWorse =
                row.isRate ? row.ratio < earlier / (1 + tolerance) : row.ratio > earlier * (1 + tolerance)
            guard isWorse else { return nil }
            return Regression(name: row.name, ratio: row.ratio, earlier: earlier)
        }
    }
}
