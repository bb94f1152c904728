import Client
import JSONBytes
import Tasks
import Text

/// How result items are written to standard output.
enum ItemsOutput: String, CaseIterable {
    /// One JSON array, with one item on each line.
    case json
    /// One JSON object a line.
    case ndjson
    /// A table, with the `json` of each item as a row.
    case table

    /// Writes items.
    ///
    /// - Parameter items: The text of a JSON array of objects. Except for a table the text is cut into items without
    ///   decoding it, so that no digit or escape changes. Characters that could control a terminal are escaped even
    ///   when standard output is not a terminal, because the text may reach a terminal through a pipe.
    /// - Returns: What to write to standard output.
    /// - Throws: `JSONError` when `items` is not a JSON array.
    func text(_ items: [UInt8]) throws -> [UInt8] {
        let slices = try Self.elements(of: items)
        switch self {
        case .json:
            guard !slices.isEmpty else { return Array("[]\n".utf8) }
            return Self.lines(slices, prefix: "[\n", separator: ",\n", suffix: "\n]\n")
        case .ndjson:
            return slices.isEmpty ? [] : Self.lines(slices, prefix: "", separator: "\n", suffix: "\n")
        case .table:
            return Array(Self.table(try slices.map { try JSONTree($0) }).utf8)
        }
    }

    /// The texts of the elements of a JSON array.
    static func elements(of items: [UInt8]) throws -> [ArraySlice<UInt8>] {
        var slices: [ArraySlice<UInt8>] = []
        try items.withUnsafeBytes { buffer in
            var reader = JSONReader(buffer, maximumNesting: JSONTree.maximumNesting)
            try reader.elements { (reader, _) in
                slices.append(items[try reader.skip()])
            }
        }
        return slices
    }

    private static func lines(
        _ items: [ArraySlice<UInt8>],
        prefix: String,
        separator: String,
        suffix: String
    ) -> [UInt8] {
        var text = Array(prefix.utf8)
        for (index, item) in items.enumerated() {
            if index > 0 { text += separator.utf8 }
            let start = text.count
            item.withUnsafeBytes { JSONEscaping.append(json: $0, to: &text) }
            // JSON allows a carriage return between tokens. It is replaced, because a terminal would overwrite the
            // line.
            for index in start..<text.count where text[index] == UInt8(ascii: "\r") { text[index] = UInt8(ascii: " ") }
        }
        return text + suffix.utf8
    }

    /// The largest width of a table's column, in terminal cells.
    private static let longestCell = 60

    private static func table(_ items: [JSONTree]) -> String {
        var titles: [String] = []
        var known: Set<String> = []
        var numeric: [String: Bool] = [:]
        func note(_ title: String, isNumber: Bool) {
            if known.insert(title).inserted { titles.append(title) }
            numeric[title] = (numeric[title] ?? true) && isNumber
        }
        for item in items {
            for member in item["json"]?.members ?? [] {
                if case .number = member.value {
                    note(member.key, isNumber: true)
                } else {
                    note(member.key, isNumber: member.value == .null && numeric[member.key] ?? false)
                }
            }
        }
        let binaryTitle = "binary"
        let hasBinary = items.contains { $0["binary"] != nil }
        guard !titles.isEmpty || hasBinary else {
            return items.isEmpty
                ? "" : items.count == 1 ? "1 item without fields\n" : "\(items.count) items without fields\n"
        }
        var table = TextTable(
            columns: titles.map {
                .init(title: PrintableText.line($0), isRightAligned: numeric[$0] ?? false)
            }
        )
        if hasBinary { table.columns.append(.init(title: binaryTitle)) }
        for item in items {
            var row = titles.map { item["json"]?[$0].map(Self.cell) ?? "" }
            if hasBinary {
                row.append(Self.cell((item["binary"]?.members ?? []).map(\.key).joined(separator: ", ")))
            }
            table.rows.append(row)
        }
        return table.text
    }

    private static func cell(_ value: JSONTree) -> String {
        let text: String
        switch value {
        case .string(let string): text = string
        case .null: text = ""
        default: text = value.line
        }
        return Self.cell(text)
    }

    /// A text from the task, escaped and cut for a table.
    private static func cell(_ text: String) -> String {
        TerminalText.shortened(PrintableText.line(text), to: Self.longestCell)
    }
}
