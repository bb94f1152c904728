import Client
import JSONBytes

/// What was measured: every value next to the floor of the same run, since only their ratio can be compared with that of
/// another run or machine.
struct BenchReport: Sendable {
    struct Row: Sendable, Equatable {
        /// Stable: baselines are compared by it.
        var name: String
        var value: Double
        var unit: String
        /// What it is held against.
        var floor: String
        var floorValue: Double
        /// The largest ratio that the project promises; for rates the smallest. Nil when it promises none.
        var budget: Double?
        var isRate = false

        var ratio: Double { self.floorValue > 0 ? self.value / self.floorValue : 0 }
    }

    /// A row whose ratio is worse than it was.
    struct Regression: Sendable, Equatable {
        /// The row's.
        var name: String
        var ratio: Double
        /// What the ratio was.
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
                .init(title: "what"), .init(title: "value", isRightAligned: true), .init(title: "held against"),
                .init(title: "floor", isRightAligned: true), .init(title: "ratio", isRightAligned: true),
                .init(title: "budget", isRightAligned: true),
            ]
        )
        table.rows = self.rows.map { row in
            [
                row.name, "\(Self.text(row.value)) \(row.unit)", row.floor,
                "\(Self.text(row.floorValue)) \(row.unit)", Self.text(row.ratio),
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
            writer.key("floor")
            writer.string(row.floor)
            writer.key("floor_value")
            writer.raw(Self.text(row.floorValue).utf8)
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

    /// Three digits that count.
    static func text(_ value: Double) -> String {
        let digits = value.magnitude >= 100 ? 0 : value.magnitude >= 10 ? 1 : value.magnitude >= 1 ? 2 : 3
        var scale = 1
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int((value * Double(scale)).rounded())
        guard digits > 0 else { return "\(scaled)" }
        let fraction = String(scaled.magnitude % scale.magnitude)
        let zeros = String(repeating: "0", count: digits - fraction.count)
        return "\(scaled < 0 ? "-" : "")\(scaled.magnitude / scale.magnitude).\(zeros)\(fraction)"
    }

    // MARK: Against a baseline

    /// What is worse than in an earlier report by more than a share, such as 0.3 for thirty per cent.
    ///
    /// - Parameters:
    ///   - baseline: The JSON of that report.
    ///   - tolerance: How much worse a ratio may be.
    /// - Returns: The rows that are worse.
    /// - Throws: ``Complaint`` when it is no report.
    func regressions(from baseline: [UInt8], tolerance: Double) throws(Complaint) -> [Regression] {
        guard let results = (try? JSONTree(baseline))?["results"]?.elements else {
            throw .badInput("the baseline is no report of \"terrarium bench --json\"")
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
