import Client
import JSONBytes
import Tasks
import Text

/// The server's side of the Model Context Protocol: a message goes in, actions come out. It knows which requests are being
/// carried out. Owned by ``MCPConnection``.
struct MCPStateMachine {
    enum Action: Equatable {
        /// Send this message.
        case send([UInt8])
        /// Begin to carry out this request, and report its end with ``ended(_:)``.
        case start(MCPRequestID, Work)
        /// End the work on this request; no response is sent.
        case cancel(MCPRequestID)
    }

    /// The work of a request that needs the service.
    enum Work: Equatable {
        /// Send the list of tools, whose description contains the policy of the service.
        case list
        case call(MCPToolCall, progress: MCPRequestID?)
    }

    /// The versions of the protocol, the newest last. The messages that this server sends are the same in all of them.
    static let versions = ["2024-11-05", "2025-03-26", "2025-06-18"]
    /// The largest number of requests that are carried out at the same time.
    static let maximumRunning = 16
    /// The largest number of messages in a batch. Only version 2025-03-26 has batches.
    static let maximumBatch = 16

    private var running: Set<MCPRequestID> = []

    /// A line has arrived.
    mutating func received(_ line: InputLine) -> [Action] {
        guard case .complete(let bytes) = line else {
            let limit = "\(ByteText.text(InputLine.maximumLength))"
            return [.send(MCPMessage.error(.parseError, "a message is longer than \(limit)", to: nil))]
        }
        guard bytes.contains(where: { ![0x20, 0x09, 0x0D].contains($0) }) else { return [] }
        let tree: JSONTree
        do {
            tree = try JSONTree(bytes)
        } catch {
            return [.send(MCPMessage.error(.parseError, "\(error)", to: nil))]
        }
        guard let batch = tree.elements else { return self.received(message: tree) }
        guard (1...Self.maximumBatch).contains(batch.count) else {
            let text = "a batch has 1 to \(Self.maximumBatch) messages"
            return [.send(MCPMessage.error(.invalidRequest, text, to: nil))]
        }
        return batch.flatMap { self.received(message: $0) }
    }

    /// The work on a request has ended.
    ///
    /// - Returns: Whether the response is to be sent; false when the request was cancelled.
    mutating func ended(_ id: MCPRequestID) -> Bool {
        self.running.remove(id) != nil
    }

    private mutating func received(message: JSONTree) -> [Action] {
        let id = MCPRequestID(message["id"])
        guard message["jsonrpc"]?.text == "2.0" else {
            return [.send(MCPMessage.error(.invalidRequest, "a message has \"jsonrpc\": \"2.0\"", to: id))]
        }
        guard let method = message["method"]?.text else {
            // The message is a response. It is ignored, because this server sends no requests.
            guard message["result"] == nil, message["error"] == nil else { return [] }
            return [.send(MCPMessage.error(.invalidRequest, "a request has a method", to: id))]
        }
        let parameters = message["params"]
        guard message["id"] != nil else { return self.notified(method, parameters) }
        guard let id else {
            return [.send(MCPMessage.error(.invalidRequest, "an id is a string or a whole number", to: nil))]
        }
        return self.requested(method, parameters, id)
    }

    private mutating func notified(_ method: String, _ parameters: JSONTree?) -> [Action] {
        guard method == "notifications/cancelled", let id = MCPRequestID(parameters?["requestId"]),
            self.running.remove(id) != nil
        else { return [] }
        return [.cancel(id)]
    }

    private mutating func requested(_ method: String, _ parameters: JSONTree?, _ id: MCPRequestID) -> [Action] {
        switch method {
        case "initialize":
            return [.send(MCPMessage.response(to: id) { Self.writeWelcome(parameters, to: &$0) })]
        case "ping":
            return [
                .send(
                    MCPMessage.response(to: id) {
                        $0.beginObject()
                        $0.endObject()
                    }
                )
            ]
        case "tools/list":
            return self.start(.list, id)
        case "tools/call":
            guard let name = parameters?["name"]?.text, name == MCPTool.name else {
                return [.send(MCPMessage.error(.invalidParameters, "the only tool is \(MCPTool.name)", to: id))]
            }
            do {
                let call = try MCPToolCall(parameters?["arguments"])
                return self.start(.call(call, progress: MCPRequestID(parameters?["_meta"]?["progressToken"])), id)
            } catch {
                // Sent as the result of the tool, so that the model reads the error and can try again.
                return [
                    .send(MCPMessage.response(to: id) { MCPTool.writeResult([error.message], isError: true, to: &$0) })
                ]
            }
        default:
            let name = BoundedText.cut(method, toBytes: 100, mark: "…")
            return [.send(MCPMessage.error(.methodNotFound, "there is no method \(name)", to: id))]
        }
    }

    private mutating func start(_ work: Work, _ id: MCPRequestID) -> [Action] {
        guard self.running.count < Self.maximumRunning else {
            let text = "\(Self.maximumRunning) requests are running; wait for one to end"
            return [.send(MCPMessage.error(.busy, text, to: id))]
        }
        guard self.running.insert(id).inserted else {
            return [.send(MCPMessage.error(.invalidRequest, "a request with this id is running", to: id))]
        }
        return [.start(id, work)]
    }

    /// Writes the result of `initialize`: the version that the client asked for, or the newest.
    private static func writeWelcome(_ parameters: JSONTree?, to writer: inout JSONWriter) {
        let wanted = parameters?["protocolVersion"]?.text ?? ""
        writer.beginObject()
        writer.write(
            Self.versions.contains(wanted) ? wanted : Self.versions[Self.versions.count - 1],
            for: "protocolVersion"
        )
        writer.key("capabilities")
        writer.beginObject()
        writer.key("tools")
        writer.beginObject()
        writer.endObject()
        writer.endObject()
        writer.key("serverInfo")
        writer.beginObject()
        writer.write("terrarium", for: "name")
        writer.write(ProductVersion.current, for: "version")
        writer.endObject()
        writer.endObject()
    }
}
