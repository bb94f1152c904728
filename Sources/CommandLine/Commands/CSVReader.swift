import JSONBytes

/// Reads values that are separated by commas (RFC 4180) or by another character. Every value stays text: the task
/// decides what `007` means.
enum CSVReader {
    /// Reads a header and rows, and makes one object of each row.
    ///
    /// - Parameters:
    ///   - bytes: The text, without a byte-order mark.
    ///   - delimiter: The character that separates fields; nil to guess it from the header.
    ///   - name: The name of the input in messages.
    /// - Returns: The text of one JSON array of objects.
    /// - Throws: ``CommandError`` saying what is wrong and in which line.
    static func items(
        _ bytes: [UInt8],
        delimiter: CSVDelimiter? = nil,
        name: String
    ) throws(CommandError) -> [UInt8] {
        let separator = delimiter ?? CSVDelimiter(guessing: bytes)
        // A guess other than the comma may be wrong, so error messages name it.
        let guess =
            delimiter == nil && separator != .comma
            ? " (the fields are taken to be separated by \(separator.phrase); --delimiter says by what they are)" : ""

        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .badInput("\(name) is not UTF-8\(InputFile.place(ofFault: bytes))")
        }
        var records: [Record]
        do {
            records = try Self.records(text, separatedBy: separator)
        } catch {
            throw .badInput("\(name), line \(error.line): \(error.reason)\(guess)")
        }
        guard !records.isEmpty else { throw .badInput("\(name) has no header") }
        let header = records.removeFirst()
        var seen: Set<String> = []
        for column in header.fields {
            guard !column.isEmpty else { throw .badInput("\(name), line 1: a column has no name\(guess)") }
            guard seen.insert(column).inserted else {
                throw .badInput("\(name), line 1: two columns have the name \"\(column)\"\(guess)")
            }
        }
        var writer = JSONWriter(reserving: bytes.count * 2)
        writer.beginArray()
        for record in records {
            guard record.fields.count == header.fields.count else {
                throw .badInput(
                    "\(name), line \(record.line): \(record.fields.count == 1 ? "1 field" : "\(record.fields.count) fields") where the header has"
                        + " \(header.fields.count)\(guess)"
                )
            }
            writer.beginObject()
            for (column, field) in zip(header.fields, record.fields) {
                writer.key(column)
                writer.string(field)
            }
            writer.endObject()
        }
        writer.endArray()
        return writer.bytes
    }

    struct Record: Equatable {
        var fields: [String]
        /// The line in which the record begins, counted from 1.
        var line: Int
    }

    struct Malformed: Error {
        var line: Int
        var reason: String
    }

    /// Splits a text into records. Lines end with LF or CRLF; blank lines are left out.
    static func records(
        _ text: String,
        separatedBy separator: CSVDelimiter = .comma
    ) throws(Malformed) -> [Record] {
        var reader = RecordReader(bytes: Array(text.utf8), separator: separator.byte)
        var records: [Record] = []
        while let record = try reader.next() {
            records.append(record)
        }
        return records
    }
}

/// Reads one record after another, and counts the lines.
private struct RecordReader {
    let bytes: [UInt8]
    let separator: UInt8
    var position = 0
    var line = 1

    mutating func next() throws(CSVReader.Malformed) -> CSVReader.Record? {
        while self.passLineEnd() {}
        guard self.position < self.bytes.count else { return nil }
        var record = CSVReader.Record(fields: [], line: self.line)
        while true {
            record.fields.append(try self.field())
            if self.position < self.bytes.count, self.bytes[self.position] == self.separator {
                self.position += 1
                continue
            }
            guard self.position >= self.bytes.count || self.passLineEnd() else {
                throw CSVReader.Malformed(line: self.line, reason: "something follows a closing quote")
            }
            return record
        }
    }

    private mutating func field() throws(CSVReader.Malformed) -> String {
        guard self.position < self.bytes.count, self.bytes[self.position] == UInt8(ascii: "\"") else {
            return try self.plainField()
        }
        let opening = self.line
        self.position += 1
        var value: [UInt8] = []
        while self.position < self.bytes.count {
            let byte = self.bytes[self.position]
            self.position += 1
            if byte == UInt8(ascii: "\"") {
                guard self.position < self.bytes.count, self.bytes[self.position] == byte else {
                    return String(decoding: value, as: UTF8.self)
                }
                self.position += 1
            }
            if byte == UInt8(ascii: "\n") { self.line += 1 }
            value.append(byte)
        }
        throw CSVReader.Malformed(line: opening, reason: "a quote is opened and never closed")
    }

    private mutating func plainField() throws(CSVReader.Malformed) -> String {
        let start = self.position
        while self.position < self.bytes.count {
            let byte = self.bytes[self.position]
            if byte == self.separator || byte == UInt8(ascii: "\n") || self.isLineEnd { break }
            guard byte != UInt8(ascii: "\"") else {
                throw CSVReader.Malformed(
                    line: self.line,
                    reason: "a quote in the middle of a field; put the whole field in quotes and double those inside"
                )
            }
            self.position += 1
        }
        return String(decoding: self.bytes[start..<self.position], as: UTF8.self)
    }

    private var isLineEnd: Bool {
        self.bytes[self.position] == UInt8(ascii: "\r") && self.position + 1 < self.bytes.count
            && self.bytes[self.position + 1] == UInt8(ascii: "\n")
    }

    private mutating func passLineEnd() -> Bool {
        guard self.position < self.bytes.count else { return false }
        if self.bytes[self.position] == UInt8(ascii: "\n") {
            self.position += 1
        } else if self.isLineEnd {
            self.position += 2
        } else {
            return false
        }
        self.line += 1
        return true
    }
}
