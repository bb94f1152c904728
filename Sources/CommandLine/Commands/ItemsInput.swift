import JSONBytes
import Tasks

/// Converts items from JSON, NDJSON or CSV to the JSON array that a task takes.
enum ItemsInput {
    /// The format of the input.
    enum Format: String, CaseIterable {
        /// The format is chosen by the extension of the file's name, otherwise by the first character.
        case auto
        /// An array of objects, or one object.
        case json
        /// One object a line.
        case ndjson
        /// CSV (RFC 4180): a header, then one row for each item.
        case csv

        /// Chooses the format by the extension of a file's name; `auto` for an unknown extension.
        init(path: String) {
            let name = path.lowercased()
            if name.hasSuffix(".csv") || name.hasSuffix(".tsv") {
                self = .csv
            } else if name.hasSuffix(".ndjson") || name.hasSuffix(".jsonl") {
                self = .ndjson
            } else if name.hasSuffix(".json") {
                self = .json
            } else {
                self = .auto
            }
        }
    }

    /// Reads items.
    ///
    /// - Parameters:
    ///   - bytes: The text.
    ///   - format: The format of the input.
    ///   - delimiter: The character that separates the fields of CSV; nil to guess it from the header.
    ///   - name: The name of the input in messages.
    /// - Returns: The text of one JSON array of objects.
    /// - Throws: ``CommandError`` saying what is wrong and where.
    static func array(
        _ bytes: [UInt8],
        format: Format,
        delimiter: CSVDelimiter? = nil,
        name: String
    ) throws(CommandError) -> [UInt8] {
        var bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        guard let first = bytes.first(where: { !Self.isBlank($0) }) else {
            throw .badInput("\(name) is empty; for no items write []")
        }
        switch format {
        case .json: return try Self.json(bytes, name: name)
        case .ndjson: return try Self.lines(bytes, name: name)
        case .csv: return try CSVReader.items(bytes, delimiter: delimiter, name: name)
        case .auto: break
        }
        if first == UInt8(ascii: "[") { return try Self.json(bytes, name: name) }
        if first == UInt8(ascii: "{") {
            // The text is one object, perhaps on several lines, or it has one object on each line. Both begin with a
            // brace.
            let isSingle = (try? JSONText.validate(bytes[...], maximumNesting: Self.maximumNesting)) != nil
            let hasSeveral = bytes.split(separator: UInt8(ascii: "\n")).count { $0.contains { !Self.isBlank($0) } } > 1
            return isSingle || !hasSeveral ? try Self.json(bytes, name: name) : try Self.linesOrJSON(bytes, name: name)
        }
        let start = bytes.drop { Self.isBlank($0) }
        if ["//", "/*", "#"].contains(where: { start.starts(with: $0.utf8) }), delimiter == nil {
            throw .badInput("\(name) begins with a comment, which JSON does not allow; for CSV give --items-format csv")
        }
        guard bytes.split(separator: UInt8(ascii: "\n")).count > 1 else {
            throw .badInput(
                "\(name) is neither JSON nor CSV with a header and rows; for a header alone give --items-format csv"
            )
        }
        return try CSVReader.items(bytes, delimiter: delimiter, name: name)
    }

    /// The deepest nesting of the array of items, which counts as one level, as in the service.
    private static let maximumNesting = TaskLimits.maximumNesting

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }

    private static func json(_ bytes: [UInt8], name: String) throws(CommandError) -> [UInt8] {
        do {
            if bytes.first(where: { !Self.isBlank($0) }) == UInt8(ascii: "{") {
                try JSONText.validate(bytes[...], maximumNesting: Self.maximumNesting - 1)
                return [UInt8(ascii: "[")] + bytes + [UInt8(ascii: "]")]
            }
            try JSONText.validateArrayOfObjects(bytes[...], maximumNesting: Self.maximumNesting)
            return bytes
        } catch {
            throw .badInput("\(name): \(error.message) (byte \(error.offset), \(Self.place(error.offset, in: bytes)))")
        }
    }

    /// Reads a text of several lines that begins with a brace and is not one object. It is read as NDJSON if its first
    /// line is an object, otherwise as JSON: that gives the error message that fits the text best.
    private static func linesOrJSON(_ bytes: [UInt8], name: String) throws(CommandError) -> [UInt8] {
        let firstLine = bytes.split(separator: UInt8(ascii: "\n")).first { $0.contains { !Self.isBlank($0) } } ?? []
        let isObjectALine = (try? JSONText.validate(firstLine, maximumNesting: Self.maximumNesting)) != nil
        return isObjectALine ? try Self.lines(bytes, name: name) : try Self.json(bytes, name: name)
    }

    private static func lines(_ bytes: [UInt8], name: String) throws(CommandError) -> [UInt8] {
        var result: [UInt8] = [UInt8(ascii: "[")]
        result.reserveCapacity(bytes.count + 2)
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            guard let first = line.first(where: { !Self.isBlank($0) }) else { continue }
            do {
                try JSONText.validate(line, maximumNesting: Self.maximumNesting - 1)
            } catch {
                throw .badInput("\(name), line \(index + 1): \(error.message) (byte \(error.offset) of the line)")
            }
            guard first == UInt8(ascii: "{") else {
                throw .badInput("\(name), line \(index + 1): an item is an object, such as {\"name\": \"Ann\"}")
            }
            if result.count > 1 { result.append(UInt8(ascii: ",")) }
            result += line
        }
        return result + [UInt8(ascii: "]")]
    }

    private static func place(_ offset: Int, in bytes: [UInt8]) -> String {
        let before = bytes.prefix(offset)
        let line = before.count { $0 == 0x0A } + 1
        let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return "line \(line), column \(String(decoding: before[start...], as: UTF8.self).unicodeScalars.count + 1)"
    }
}
