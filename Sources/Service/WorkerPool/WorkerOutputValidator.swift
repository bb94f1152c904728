import JSONBytes
import Tasks

/// Validates JSON that a worker sent, before it is spliced into a response, an event or a message: a worker is not trusted,
/// and its text must not be able to add a field or a line of its own.
enum WorkerOutputValidator {
    enum Kind: Sendable {
        /// A list of items.
        case items
        /// A result of n8n's dialect: any JSON value.
        case anyValue
        /// The arguments of one print: a list of strings.
        case console
    }

    /// The nesting limit of the value that the code returned, plus the levels around that value: the list of items, the
    /// item and its `json` member.
    private static let maximumNesting = TaskLimits.maximumNesting + 8

    /// The first error in `text`; nil when it is well-formed JSON of that kind on one line.
    static func problem(_ kind: Kind, _ text: ArraySlice<UInt8>) -> String? {
        do throws(JSONError) {
            switch kind {
            case .items:
                try JSONText.validateArrayOfObjects(
                    text,
                    maximumNesting: Self.maximumNesting,
                    whitespace: .spacesOnly
                )
            case .anyValue:
                try JSONText.validate(text, maximumNesting: Self.maximumNesting, whitespace: .spacesOnly)
            case .console:
                return Self.problem(withPrint: text)
            }
            return nil
        } catch {
            return error.description
        }
    }

    private static func problem(withPrint text: ArraySlice<UInt8>) -> String? {
        do {
            try text.withUnsafeBytes { bytes in
                var reader = JSONReader(bytes, maximumNesting: 1, whitespace: .spacesOnly)
                try reader.elements { reader, _ in _ = try reader.skip(.string) }
                try reader.finish()
            }
            return nil
        } catch {
            return "\(error)"
        }
    }
}
