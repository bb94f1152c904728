import JSONBytes
import Tasks
import Text

/// Parses the body of `/v1/run` and `/v1/check`.
///
/// The items are not decoded. Their byte range is located and validated against RFC 8259 with the rest of the body, and
/// passed on as a slice of the body.
enum TaskRequestParser {
    /// The longest label, in code points, as JSON Schema counts.
    static let maximumLabel = 256

    /// The fields that a request may have, in the order of the documentation.
    private static let fields = ["code", "items", "mode", "continue_on_fail", "stream_items", "timeout_ms", "label"]

    /// Parses a request.
    ///
    /// - Parameters:
    ///   - body: The whole body. The request's items are a slice of it.
    ///   - purpose: Whether the code is run or checked. The items of a check are validated and dropped.
    /// - Returns: The task to submit.
    /// - Throws: ``ProblemDocument`` with status 400 that locates the error.
    static func parse(_ body: [UInt8], for purpose: TaskPurpose) throws(ProblemDocument) -> TaskSubmission {
        do {
            return try body.withUnsafeBytes { try self.parse($0, of: body, for: purpose) }
        } catch let problem as ProblemDocument {
            throw problem
        } catch let error as JSONError {
            throw self.problem(for: error)
        } catch {
            // The parser throws no other errors.
            throw .invalid("The request cannot be read: \(error)")
        }
    }

    private static func parse(
        _ buffer: UnsafeRawBufferPointer,
        of body: [UInt8],
        for purpose: TaskPurpose
    ) throws -> TaskSubmission {
        // The body itself is one level, in addition to the levels that the items may have.
        var reader = JSONReader(buffer, maximumNesting: TaskLimits.maximumNesting + 1)
        let kind = try reader.peek()
        guard kind == .object else {
            let start = reader.position
            try self.skipLiteral(kind, &reader)
            throw ProblemDocument.invalid("The body is \(kind.phrase), not an object.", at: start)
        }
        var submission = TaskSubmission(PythonTask(purpose: purpose, code: []))
        var hasCode = false
        try reader.members(limit: 100) { reader, key in
            switch key.text {
            case "code":
                let range = try self.value(.string, of: "code", &reader)
                submission.task.code = JSONValue.string(buffer[range])[...]
                guard !submission.task.code.isEmpty else {
                    throw ProblemDocument.invalid("code is empty.", field: "code", at: range.lowerBound)
                }
                hasCode = true
            case "items":
                let range = try self.items(&reader)
                if purpose == .run { submission.task.items = TaskItems(body[range]) }
            case "mode":
                let range = try self.value(.string, of: "mode", &reader)
                guard let mode = JSONValue.text(buffer[range]).flatMap(TaskMode.init(name:)) else {
                    let names = TaskMode.allCases.map { "\"\($0.name)\"" }.joined(separator: " or ")
                    throw ProblemDocument.invalid("mode must be \(names).", field: "mode", at: range.lowerBound)
                }
                submission.task.mode = mode
            case "continue_on_fail":
                let range = try self.value(.boolean, of: "continue_on_fail", &reader)
                submission.task.continueOnFail = JSONValue.boolean(buffer[range])
            case "stream_items":
                let range = try self.value(.boolean, of: "stream_items", &reader)
                submission.task.streamsItems = JSONValue.boolean(buffer[range])
            case "timeout_ms":
                let range = try self.value(.number, of: "timeout_ms", &reader)
                guard let milliseconds = JSONValue.wholeNumber(buffer[range]), milliseconds > 0 else {
                    throw ProblemDocument.invalid(
                        "timeout_ms must be a whole number of milliseconds, at least 1.",
                        field: "timeout_ms",
                        at: range.lowerBound
                    )
                }
                submission.timeout = .milliseconds(milliseconds)
            case "label":
                let range = try self.value(.string, of: "label", &reader)
                submission.label = try self.label(buffer[range])
            default:
                let known = self.fields.joined(separator: ", ")
                let name = BoundedText.cut(key.text, toBytes: 100)
                throw ProblemDocument.invalid(
                    "Unknown field \"\(name)\". The fields are \(known).",
                    field: name,
                    at: key.offset
                )
            }
        }
        try reader.finish()
        guard hasCode else { throw ProblemDocument.invalid("The field code is missing.", field: "code") }
        return submission
    }

    private static func value(
        _ kind: JSONKind,
        of field: String,
        _ reader: inout JSONReader
    ) throws -> Range<Int> {
        let found = try reader.peek()
        guard found == kind else {
            let start = reader.position
            try self.skipLiteral(found, &reader)
            throw ProblemDocument.invalid("\(field) is \(found.phrase), not \(kind.phrase).", field: field, at: start)
        }
        return try reader.skip()
    }

    /// Skips a value of the wrong kind if it is a literal or a number. `peek` determines the kind only from the first byte,
    /// and text that is not JSON may begin with the same byte. Such text is then reported as malformed, not as a wrong kind.
    private static func skipLiteral(_ kind: JSONKind, _ reader: inout JSONReader) throws(JSONError) {
        switch kind {
        case .null, .boolean, .number: try reader.skip()
        case .string, .array, .object: break
        }
    }

    private static func items(_ reader: inout JSONReader) throws -> Range<Int> {
        let found = try reader.peek()
        guard found == .array else {
            let start = reader.position
            try self.skipLiteral(found, &reader)
            throw ProblemDocument.invalid("items is \(found.phrase), not an array.", field: "items", at: start)
        }
        do throws(JSONError) {
            return try reader.skipArrayOfObjects()
        } catch {
            guard case .elementIsNoObject(let index, let found) = error.reason else { throw error }
            throw ProblemDocument.invalid(
                "items[\(index)] is \(found.phrase), not an object.",
                field: "items",
                element: index,
                at: error.offset
            )
        }
    }

    private static func label(_ text: Slice<UnsafeRawBufferPointer>) throws(ProblemDocument) -> String {
        guard let label = JSONValue.text(text) else {
            throw .invalid("label contains half of a surrogate pair.", field: "label", at: text.startIndex)
        }
        guard label.unicodeScalars.count <= self.maximumLabel else {
            throw .invalid("label is longer than \(self.maximumLabel) characters.", field: "label", at: text.startIndex)
        }
        // Labels are written to log lines and terminals.
        if let scalar = label.unicodeScalars.first(where: PrintableText.isUnsafe) {
            let number = String(scalar.value, radix: 16, uppercase: true)
            let name = "U+" + String(repeating: "0", count: max(0, 4 - number.utf8.count)) + number
            throw .invalid("label contains the control character \(name).", field: "label", at: text.startIndex)
        }
        return label
    }

    private static func problem(for error: JSONError) -> ProblemDocument {
        switch error.reason {
        case .duplicateKey(let key):
            let key = BoundedText.cut(key, toBytes: 100)
            return .invalid("The field \"\(key)\" appears twice.", field: key, at: error.offset)
        case .tooDeep:
            // Only the items can be nested too deep, because the other fields are scalars.
            return .invalid(
                "items are nested deeper than \(TaskLimits.maximumNesting) levels.",
                field: "items",
                at: error.offset
            )
        case .unexpectedEnd, .expectedValue, .expectedKey, .expectedColon, .expectedCommaOrBracket,
            .expectedCommaOrBrace, .invalidNumber, .invalidLiteral, .controlCharacter, .invalidEscape, .invalidUTF8,
            .tooManyMembers, .trailingBytes, .wrongKind, .elementIsNoObject:
            return .malformed(error)
        }
    }
}
