import JSONBytes
import Tasks

/// Reads what the broker sends.
///
/// Nothing is built but what is short: code, items and query are found, held to RFC 8259 with the rest of the message,
/// and handed on as slices of it. Members that are not known are skipped: brokers of other versions send more.
enum BrokerMessageParser {
    /// The longest identifier that is taken, in bytes. n8n's have eight.
    static let maximumIdentifier = 256
    /// The longest label that is made, in bytes.
    static let maximumLabel = 256

    /// Reads a message.
    ///
    /// - Parameter bytes: The whole message; its parts are slices of it.
    /// - Returns: What it says.
    /// - Throws: ``MalformedMessage`` for what is no JSON, no object, or lacks what its type must have.
    static func parse(_ bytes: [UInt8]) throws(MalformedMessage) -> BrokerMessage {
        let envelope: Envelope
        do throws(JSONError) {
            // Two levels more, for the message and its settings.
            envelope = try Self.envelope(bytes, maximumNesting: TaskLimits.maximumNesting + 2)
        } catch {
            return try Self.parseAgain(bytes, after: error)
        }
        return try envelope.message(in: bytes)
    }

    /// Says what is wrong, or whose fault it is: what is nested too deep is the fault of a task, which has to be told.
    private static func parseAgain(
        _ bytes: [UInt8],
        after error: JSONError
    ) throws(MalformedMessage) -> BrokerMessage {
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
                try reader.members { reader, key in
                    if key.text == "settings", try reader.peek() == .object {
                        envelope.settings = try Self.settings(&reader)
                    } else if Envelope.known.contains(key.text) {
                        envelope.fields[key.text] = Field(kind: try reader.peek(), range: try reader.skip())
                    }
                }
                try reader.finish()
                return envelope
            }
        } catch let error as JSONError {
            throw error
        } catch {
            // Nothing else is thrown in there.
            throw JSONError(.expectedValue, at: 0)
        }
    }

    private static func settings(_ reader: inout JSONReader) throws -> [String: Field] {
        var fields: [String: Field] = [:]
        try reader.members { reader, key in
            guard Envelope.knownSettings.contains(key.text) else { return }
            let kind = try reader.peek()
            guard key.text == "items", kind == .array else {
                fields[key.text] = Field(kind: kind, range: try reader.skip())
                return
            }
            // On a copy, since what is found to be no array of objects still has to be passed.
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

/// One member that is known: its kind and where its value stands.
private struct Field {
    var kind: JSONKind
    var range: Range<Int>
    var problem: String?
}

/// The known parts of a message, found and not yet understood.
private struct Envelope {
    static let known: Set = ["type", "taskId", "offerId", "reason", "settings"]
    static let knownSettings: Set = [
        "code", "nodeMode", "items", "continueOnFail", "query", "workflowName", "nodeName", "canLog",
    ]

    var fields: [String: Field] = [:]
    /// nil unless `settings` is an object.
    var settings: [String: Field]?

    func message(in bytes: [UInt8]) throws(MalformedMessage) -> BrokerMessage {
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
            throw MalformedMessage(reason: "\(name) is no text")
        }
        return text
    }

    private func identifier(_ name: String, in bytes: [UInt8]) throws(MalformedMessage) -> String {
        let text = try self.text(name, in: bytes)
        guard !text.isEmpty, text.utf8.count <= BrokerMessageParser.maximumIdentifier else {
            throw MalformedMessage(reason: "\(name) is empty or too long")
        }
        return text
    }

    // MARK: Settings

    private func taskSettings(in bytes: [UInt8]) throws(UnusableSettings) -> BrokerMessage.TaskSettings {
        guard let settings = self.settings else {
            throw UnusableSettings(problem: "The broker sent no settings for the task.")
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
            throw UnusableSettings(problem: "The broker sent no code for the task.")
        }
        guard let mode = try field("nodeMode", .string) else {
            throw UnusableSettings(problem: "The broker did not say how the code is to be run.")
        }
        var request = TaskRequest(code: JSONValue.string(bytes[code.range])[...], dialect: .n8n)
        switch mode.text(in: bytes) {
        case "runOnceForAllItems": request.mode = .allItems
        case "runOnceForEachItem": request.mode = .eachItem
        case let other:
            throw UnusableSettings(problem: "This runner does not know the mode \"\((other ?? "").excerpt(100))\".")
        }
        if let items = try field("items", .array) { request.items = bytes[items.range] }
        if let continueOnFail = try field("continueOnFail", .boolean) {
            request.continueOnFail = continueOnFail.boolean(in: bytes)
        }
        if let query = settings["query"], query.kind != .null { request.query = bytes[query.range] }
        request.label = self.label(settings, in: bytes)
        let console = settings["canLog"]
        return BrokerMessage.TaskSettings(
            request: request,
            wantsConsole: console?.kind != .boolean || console?.boolean(in: bytes) == true
        )
    }

    /// `workflow / node`, fit for one line of a log.
    private func label(_ settings: [String: Field], in bytes: [UInt8]) -> String? {
        let names = ["workflowName", "nodeName"].compactMap { name -> String? in
            guard let field = settings[name], field.kind == .string, field.range.count <= 16 << 10 else { return nil }
            let text = field.text(in: bytes) ?? ""
            return text.isEmpty ? nil : text
        }
        guard !names.isEmpty else { return nil }
        var label = ""
        for character in names.joined(separator: " / ") {
            let isControl = character.unicodeScalars.contains { $0.properties.generalCategory == .control }
            let next = isControl ? " " : String(character)
            guard label.utf8.count + next.utf8.count <= BrokerMessageParser.maximumLabel else { break }
            label += next
        }
        return label
    }
}

/// Settings that no task can be made of: the words that the author of the workflow reads.
private struct UnusableSettings: Error {
    var problem: String
}

extension Field {
    /// The text of a string; nil if it has half of a surrogate pair.
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
