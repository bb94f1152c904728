import JSONBytes
import Tasks
import Text

/// Parses messages from n8n's task broker. The bytes are untrusted.
///
/// The whole message is validated against RFC 8259, but only short values are decoded: code, items and query are located
/// and passed on as slices. Unknown members are skipped, because other versions of n8n send additional members.
enum TaskBrokerMessageParser {
    /// The longest accepted identifier, in bytes. n8n's identifiers have eight bytes.
    static let maximumIdentifier = 256
    /// The largest number of members of a message, and of its settings. n8n's messages have about a dozen.
    static let maximumMembers = 1000
    /// The longest label of a task, in bytes.
    static let maximumLabel = 256

    /// Parses a message.
    ///
    /// - Parameter bytes: The whole message.
    /// - Returns: The message, in which code, items and query are slices of `bytes`.
    /// - Throws: ``MalformedMessage`` if the bytes are not JSON, not an object, or lack a member that the message's type
    ///   requires.
    static func parse(_ bytes: [UInt8]) throws(MalformedMessage) -> TaskBrokerMessage {
        let envelope: Envelope
        do throws(JSONError) {
            // Two levels more than the limit of the items: the message and its settings.
            envelope = try Self.envelope(bytes, maximumNesting: TaskLimits.maximumNesting + 2)
        } catch {
            return try Self.parseAgain(bytes, after: error)
        }
        return try envelope.message(in: bytes)
    }

    /// Parses a message that is nested too deep in order to find its task. Then only this task fails, and not the
    /// connection.
    private static func parseAgain(
        _ bytes: [UInt8],
        after error: JSONError
    ) throws(MalformedMessage) -> TaskBrokerMessage {
        if case .tooDeep = error.reason {
            let envelope: Envelope
            do throws(JSONError) {
                envelope = try Self.envelope(bytes, maximumNesting: Int.max)
            } catch {
                throw MalformedMessage(error)
            }
            let message = try envelope.message(in: bytes)
            guard case .settings(let taskID, _) = message else { return message }
            let limit = TaskLimits.maximumNesting
            return .unusableSettings(taskID: taskID, problem: "The items are nested deeper than \(limit) levels.")
        }
        throw MalformedMessage(error)
    }

    private static func envelope(_ bytes: [UInt8], maximumNesting: Int) throws(JSONError) -> Envelope {
        do {
            return try bytes.withUnsafeBytes { buffer in
                var reader = JSONReader(buffer, maximumNesting: maximumNesting)
                var envelope = Envelope()
                try reader.members(limit: Self.maximumMembers) { reader, key in
                    if key.text == "settings", try reader.peek() == .object {
                        envelope.settings = try Self.settings(&reader)
                    } else if Envelope.known.contains(key.text) {
                        envelope.fields[key.text] = Field(kind: try reader.peek(), range: try reader.skip())
                    }
                }
                try reader.finish()
                return envelope
            }
        } catch {
            // The closures throw only `JSONError`, so the fallback is never used.
            throw error as? JSONError ?? JSONError(.expectedValue, at: 0)
        }
    }

    private static func settings(_ reader: inout JSONReader) throws -> [String: Field] {
        var fields: [String: Field] = [:]
        try reader.members(limit: Self.maximumMembers) { reader, key in
            guard Envelope.knownSettings.contains(key.text) else { return }
            let kind = try reader.peek()
            guard key.text == "items", kind == .array else {
                fields[key.text] = Field(kind: kind, range: try reader.skip())
                return
            }
            // Reads with a copy of the reader: if an element is not an object, the original reader skips the whole array.
            var probe = reader
            do throws(JSONError) {
                fields["items"] = Field(kind: kind, range: try probe.skipArrayOfObjects())
                reader = probe
            } catch {
                guard case .elementIsNoObject(let index, let found) = error.reason else { throw error }
                fields["items"] = Field(
                    kind: kind,
                    range: try reader.skip(),
                    problem: "Element \(index) of the items is \(found.phrase), not an object."
                )
            }
        }
        return fields
    }
}

/// The kind of a known member and the byte range of its value. `problem` says why the value is unusable.
private struct Field {
    var kind: JSONKind
    var range: Range<Int>
    var problem: String?
}

/// The known members of a message, located but not decoded.
private struct Envelope {
    static let known: Set = ["type", "taskId", "offerId", "reason", "settings"]
    static let knownSettings: Set = [
        "code", "nodeMode", "items", "continueOnFail", "query", "workflowName", "nodeName", "canLog",
    ]

    var fields: [String: Field] = [:]
    /// The known members of `settings`; nil if `settings` is missing or not an object.
    var settings: [String: Field]?

    func message(in bytes: [UInt8]) throws(MalformedMessage) -> TaskBrokerMessage {
        let type = try self.text("type", in: bytes)
        switch type {
        case "broker:inforequest":
            return .infoRequest
        case "broker:runnerregistered":
            return .runnerRegistered
        case "broker:taskofferaccept":
            return .offerAccepted(
                taskID: try self.identifier("taskId", in: bytes),
                offerID: try self.identifier("offerId", in: bytes)
            )
        case "broker:tasksettings":
            let taskID = try self.identifier("taskId", in: bytes)
            do throws(UnusableSettings) {
                return .settings(taskID: taskID, try self.taskSettings(in: bytes))
            } catch {
                return .unusableSettings(taskID: taskID, problem: error.problem)
            }
        case "broker:taskcancel":
            let reason = self.fields["reason"].flatMap { $0.kind == .string ? $0.text(in: bytes) : nil }
            return .cancel(taskID: try self.identifier("taskId", in: bytes), reason: reason ?? "")
        case "broker:rpcresponse":
            return .rpcResponse
        case "broker:drain":
            return .drain
        default:
            return .unknown(type: type)
        }
    }

    private func text(_ name: String, in bytes: [UInt8]) throws(MalformedMessage) -> String {
        guard let field = self.fields[name] else { throw MalformedMessage(reason: "\(name) is missing") }
        guard field.kind == .string, let text = field.text(in: bytes) else {
            throw MalformedMessage(reason: "\(name) is not a string")
        }
        return text
    }

    private func identifier(_ name: String, in bytes: [UInt8]) throws(MalformedMessage) -> String {
        let text = try self.text(name, in: bytes)
        guard !text.isEmpty, text.utf8.count <= TaskBrokerMessageParser.maximumIdentifier else {
            throw MalformedMessage(reason: "\(name) is empty or too long")
        }
        return text
    }

    // MARK: Settings

    private func taskSettings(in bytes: [UInt8]) throws(UnusableSettings) -> TaskBrokerMessage.TaskSettings {
        guard let settings = self.settings else {
            throw UnusableSettings(problem: "The task broker sent no settings for the task.")
        }
        func field(_ name: String, _ kind: JSONKind) throws(UnusableSettings) -> Field? {
            guard let field = settings[name], field.kind != .null else { return nil }
            if let problem = field.problem { throw UnusableSettings(problem: problem) }
            guard field.kind == kind else {
                throw UnusableSettings(problem: "\(name) is \(field.kind.phrase), not \(kind.phrase).")
            }
            return field
        }
        guard let code = try field("code", .string) else {
            throw UnusableSettings(problem: "The task broker sent no code for the task.")
        }
        guard let mode = try field("nodeMode", .string) else {
            throw UnusableSettings(problem: "The settings of the task have no nodeMode.")
        }
        var task = PythonTask(code: JSONValue.string(bytes[code.range])[...], dialect: .n8n)
        switch mode.text(in: bytes) {
        case "runOnceForAllItems": task.mode = .allItems
        case "runOnceForEachItem": task.mode = .eachItem
        case let other:
            let name = BoundedText.cut(other ?? "", toBytes: 100)
            throw UnusableSettings(problem: "This runner does not know the mode \"\(name)\".")
        }
        if let items = try field("items", .array) { task.items = TaskItems(bytes[items.range]) }
        if let continueOnFail = try field("continueOnFail", .boolean) {
            task.continueOnFail = continueOnFail.boolean(in: bytes)
        }
        // `query` has a value only for the tool of an agent. For every other task n8n's runner sets `_query` to None.
        task.query = settings["query"].map { bytes[$0.range] } ?? Array("null".utf8)[...]
        let console = settings["canLog"]
        return TaskBrokerMessage.TaskSettings(
            submission: TaskSubmission(task, label: self.label(settings, in: bytes)),
            wantsConsole: console?.kind != .boolean || console?.boolean(in: bytes) == true
        )
    }

    /// The label `workflow / node` without control characters, short enough for one log line.
    private func label(_ settings: [String: Field], in bytes: [UInt8]) -> String? {
        let names = ["workflowName", "nodeName"].compactMap { name -> String? in
            guard let field = settings[name], field.kind == .string, field.range.count <= 16 << 10 else { return nil }
            let text = field.text(in: bytes) ?? ""
            return text.isEmpty ? nil : text
        }
        guard !names.isEmpty else { return nil }
        let scalars = names.joined(separator: " / ").unicodeScalars.map { PrintableText.isUnsafe($0) ? " " : $0 }
        let label = String(String.UnicodeScalarView(scalars))
        return BoundedText.cut(label, toBytes: TaskBrokerMessageParser.maximumLabel, mark: "")
    }
}

/// Settings from which no task can be made. `problem` is shown to the author of the workflow.
private struct UnusableSettings: Error {
    var problem: String
}

extension Field {
    /// Decodes a string; nil if it has an unpaired surrogate.
    fileprivate func text(in bytes: [UInt8]) -> String? {
        bytes.withUnsafeBytes { JSONValue.text($0[self.range]) }
    }

    fileprivate func boolean(in bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { JSONValue.boolean($0[self.range]) }
    }
}

extension MalformedMessage {
    fileprivate init(_ error: JSONError) {
        self.init(reason: error.description, isEncodingAtFault: error.reason == .invalidUTF8)
    }
}
