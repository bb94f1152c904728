import Client
import Tasks

/// The arguments of a call of the tool.
struct MCPToolCall: Equatable, Sendable {
    var code: String
    /// The text of a JSON array of objects.
    var items: [UInt8]
    var timeout: Duration?

    /// Reads `arguments`.
    ///
    /// - Throws: ``CommandError`` with a message for the model that wrote the arguments.
    init(_ arguments: JSONTree?) throws(CommandError) {
        let members = arguments?.members ?? []
        for member in members where !["code", "items", "timeout"].contains(member.key) {
            throw .badInput("unknown argument; the arguments are code, items and timeout")
        }
        guard let code = arguments?["code"]?.text else {
            throw .badInput("code is missing; it is a string: the body of a Python function")
        }
        self.code = code
        switch arguments?["items"] {
        case .none, .some(.null): self.items = Array("[]".utf8)
        case .some(.array(let elements)) where elements.allSatisfy({ $0.members != nil }):
            self.items = Array(JSONTree.array(elements).line.utf8)
        default: throw .badInput("items is an array of objects, such as [{\"name\": \"Ann\"}]")
        }
        switch arguments?["timeout"] {
        case .none, .some(.null): self.timeout = nil
        case .some(let value):
            guard let seconds = value.double, seconds > 0, seconds.isFinite else {
                throw .badInput("timeout is a number of seconds above 0")
            }
            self.timeout = .milliseconds(min(max(seconds * 1000, 1), 1e12).rounded())
        }
    }

    var submission: TaskSubmission {
        TaskSubmission(code: self.code, items: self.items, timeout: self.timeout, label: "mcp")
    }
}
