import JSONBytes
import Tasks

@testable import Commands

/// Reads bytes as the items of `terrarium run`, in each format: CSV, NDJSON, JSON, and by detection.
enum ItemsFuzz {
    static func violation(_ bytes: [UInt8]) -> String? {
        for format in ItemsInput.Format.allCases {
            guard let array = try? ItemsInput.array(bytes, format: format, name: "input") else { continue }
            do throws(JSONError) {
                try JSONText.validateArrayOfObjects(array[...], maximumNesting: TaskLimits.maximumNesting)
            } catch {
                return "\(format) gives no array of objects: \(error)"
            }
        }
        return Self.csv(bytes)
    }

    /// Every field of a record is in its object, as text.
    private static func csv(_ bytes: [UInt8]) -> String? {
        guard let array = try? CSVReader.items(bytes, name: "input"),
            let records = try? CSVReader.records(String(decoding: bytes, as: UTF8.self))
        else { return nil }
        guard let tree = try? JSONValues.strings(array) else { return "the objects cannot be read" }
        let fields = records.dropFirst().map(\.fields)
        return tree.elementsEqual(fields) ? nil : "the values are \(tree), the fields \(fields)"
    }
}

/// The strings in an array of flat objects.
private enum JSONValues {
    static func strings(_ array: [UInt8]) throws -> [[String]] {
        try array.withUnsafeBytes { buffer in
            var rows: [[String]] = []
            var reader = JSONReader(buffer, maximumNesting: 2)
            try reader.elements { reader, _ in
                var row: [String] = []
                try reader.members(limit: .max) { reader, _ in
                    row.append(JSONValue.text(buffer[try reader.skip(.string)]) ?? "")
                }
                rows.append(row)
            }
            return rows
        }
    }
}
