import JSONBytes
import Tasks

/// Reads the body of `/v1/run` and `/v1/check`.
///
/// The items are not built: they are found, held to RFC 8259 together with the rest of the body, and handed on as a
/// slice of it.
enum TaskRequestParser {
    /// The longest label, in bytes.
    static let maximumLabel = 256

    /// The fields a request may have, in the order they are documented in.
    private static let fields = ["code", "items", "mode", "continue_on_fail", "timeout_ms", "label"]

    /// Reads a request.
    ///
    /// - Parameters:
    ///   - body: The whole body. The request's items are a slice of it.
    ///   - purpose: What the request is for. A check has no use for items, and its request carries none on.
    /// - Returns: The request.
    /// - Throws: ``Problem`` with status 400, naming the place.
    static func parse(_ body: [UInt8], for purpose: TaskPurpose) throws(Problem) -> TaskRequest {
        do {
            return try body.withUnsafeBytes { try self.parse($0, of: body, for: purpose) }
        } catch let problem as Problem {
            throw problem
        } catch let error as JSONError {
            throw self.problem(for: error)
        } catch {
            // Nothing else is thrown in there.
            throw .invalid("The request cannot be read: \(error).")
        }
    }

    private static func parse(
        _ buffer: UnsafeRawBufferPointer,
        of body: [UInt8],
        for purpose: TaskPurpose
    ) throws -> TaskRequest {
        // One level more for the body itself.
        var reader = JSONReader(buffer, maximumNesting: TaskLimits.maximumNesting + 1)
        let kind = try reader.peek()
        guard kind == .object else {
            throw Problem.invalid("The body is \(kind.phrase), not an object.", at: reader.position)
        }
        var request = TaskRequest(purpose: purpose, code: [])
        var hasCode = false
        try reader.members { reader, key in
            switch key.text {
            case "code":
                let range = try self.value(.string, of: "code", &reader)
                request.code = JSONValue.string(buffer[range])[...]
                guard !request.code.isEmpty else {
                    throw Problem.invalid("code is empty.", field: "code", at: range.lowerBound)
                }
                hasCode = true
            case "items":
                let range = try self.items(&reader)
                if purpose == .run { request.items = body[range] }
            case "mode":
                let range = try self.value(.string, of: "mode", &reader)
                guard let mode = JSONValue.text(buffer[range]).flatMap(TaskMode.init(name:)) else {
                    let names = TaskMode.allCases.map { "\"\($0.name)\"" }.joined(separator: " or ")
                    throw Problem.invalid("mode has to be \(names).", field: "mode", at: range.lowerBound)
                }
                request.mode = mode
            case "continue_on_fail":
                let range = try self.value(.boolean, of: "continue_on_fail", &reader)
                request.continueOnFail = JSONValue.boolean(buffer[range])
            case "timeout_ms":
                let range = try self.value(.number, of: "timeout_ms", &reader)
                guard let milliseconds = JSONValue.integer(buffer[range]), milliseconds > 0 else {
                    throw Problem.invalid(
                        "timeout_ms has to be a whole number of milliseconds, at least 1.",
                        field: "timeout_ms",
                        at: range.lowerBound
                    )
                }
                request.timeout = .milliseconds(milliseconds)
            case "label":
                let range = try self.value(.string, of: "label", &reader)
                request.label = try self.label(buffer[range])
            default:
                let known = self.fields.joined(separator: ", ")
                throw Problem.invalid(
                    "There is no field \"\(key.text.prefix(100))\"; the fields are \(known).",
                    field: String(key.text.prefix(100)),
                    at: key.offset
                )
            }
        }
        try reader.finish()
        guard hasCode else { throw Problem.invalid("The field code is missing.", field: "code") }
        return request
    }

    private static func value(
        _ kind: JSONKind,
        of field: String,
        _ reader: inout JSONReader
    ) throws -> Range<Int> {
        let found = try reader.peek()
        guard found == kind else {
            throw Problem.invalid("\(field) is \(found.phrase), not \(kind.phrase).", field: field, at: reader.position)
        }
        return try reader.skip()
    }

    private static func items(_ reader: inout JSONReader) throws -> Range<Int> {
        let found = try reader.peek()
        guard found == .array else {
            throw Problem.invalid("items is \(found.phrase), not an array.", field: "items", at: reader.position)
        }
        do throws(JSONError) {
            return try reader.skipArrayOfObjects()
        } catch {
            guard case .elementIsNoObject(let index, let found) = error.reason else { throw error }
            throw Problem.invalid(
                "items[\(index)] is \(found.phrase), not an object.",
                field: "items",
                element: index,
                at: error.offset
            )
        }
    }

    private static func label(_ text: Slice<UnsafeRawBufferPointer>) throws(Problem) -> String {
        guard let label = JSONValue.text(text) else {
            throw .invalid("label has half of a surrogate pair.", field: "label", at: text.startIndex)
        }
        guard label.utf8.count <= self.maximumLabel else {
            throw .invalid("label is longer than \(self.maximumLabel) bytes.", field: "label", at: text.startIndex)
        }
        // Labels end up in lines of logs and in terminals.
        guard label.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            throw .invalid("label has a control character.", field: "label", at: text.startIndex)
        }
        return label
    }

    private static func problem(for error: JSONError) -> Problem {
        switch error.reason {
        case .duplicateKey(let key):
            let key = String(key.prefix(100))
            return .invalid("The field \"\(key)\" appears twice.", field: key, at: error.offset)
        case .tooDeep:
            // Only items are ever entered that deep: everything else is of a simple kind.
            return .invalid(
                "items are nested deeper than \(TaskLimits.maximumNesting) levels.",
                field: "items",
                at: error.offset
            )
        case .unexpectedEnd, .expectedValue, .expectedKey, .expectedColon, .expectedCommaOrBracket,
            .expectedCommaOrBrace, .invalidNumber, .invalidLiteral, .controlCharacter, .invalidEscape, .invalidUTF8,
            .trailingBytes, .wrongKind, .elementIsNoObject:
            return .malformed(error)
        }
    }
}
