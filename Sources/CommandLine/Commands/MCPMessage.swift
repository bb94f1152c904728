import Client
import JSONBytes

/// The identifier of a request of the Model Context Protocol: a string or a whole number. It is kept as JSON text,
/// because `1` and `"1"` are different identifiers.
struct MCPRequestID: Hashable, Sendable {
    let text: String

    /// Reads a member of a message; nil when the member is missing, or is neither a string nor a whole number.
    init?(_ tree: JSONTree?) {
        switch tree {
        case .string: self.text = tree?.line ?? ""
        case .number(let number) where Int(number) != nil: self.text = number
        default: return nil
        }
    }
}

/// The error codes of JSON-RPC 2.0 that this server sends.
enum MCPErrorCode: Int {
    case parseError = -32700
    case invalidRequest = -32600
    case methodNotFound = -32601
    case invalidParameters = -32602
    case internalError = -32603
    /// Too many requests are running. The code is from the range that JSON-RPC leaves to servers.
    case busy = -32000
}

/// The messages that the server sends, each one line of JSON without a line feed.
enum MCPMessage {
    /// The response to a request, whose `result` the closure writes.
    static func response(to id: MCPRequestID, _ result: (inout JSONWriter) -> Void) -> [UInt8] {
        Self.message { writer in
            writer.key("id")
            writer.raw(id.text.utf8)
            writer.key("result")
            result(&writer)
        }
    }

    /// The error response to a request. `id` is nil when the request has no readable identifier; JSON-RPC then requires
    /// `null`.
    static func error(_ code: MCPErrorCode, _ text: String, to id: MCPRequestID?) -> [UInt8] {
        Self.message { writer in
            writer.key("id")
            if let id { writer.raw(id.text.utf8) } else { writer.null() }
            writer.key("error")
            writer.beginObject()
            writer.write(code.rawValue, for: "code")
            writer.write(text, for: "message")
            writer.endObject()
        }
    }

    /// A notification about the progress of a request.
    static func progress(_ count: Int, total: Int? = nil, text: String? = nil, token: MCPRequestID) -> [UInt8] {
        Self.message { writer in
            writer.write("notifications/progress", for: "method")
            writer.key("params")
            writer.beginObject()
            writer.key("progressToken")
            writer.raw(token.text.utf8)
            writer.write(count, for: "progress")
            writer.write(total, for: "total")
            writer.write(text, for: "message")
            writer.endObject()
        }
    }

    private static func message(_ members: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.write("2.0", for: "jsonrpc")
        members(&writer)
        writer.endObject()
        return writer.bytes
    }
}
