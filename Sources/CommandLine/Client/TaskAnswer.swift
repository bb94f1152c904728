import JSONBytes
public import Tasks

/// The response of the service to a task.
public struct TaskAnswer: Equatable, Sendable {
    /// The task's identifier.
    public var id: String
    /// `succeeded`, or the name of the failure's kind.
    public var outcome: String
    /// The unchanged text of the JSON array of items; nil when the task failed.
    public var items: [UInt8]?
    /// The text of the JSON array of items that were finished before a failure; nil when no item was finished.
    public var partialItems: [UInt8]?
    public var failure: TaskFailure?
    /// What the task printed, in order.
    public var logs: [Print]
    /// Whether some of the prints were cut off.
    public var logsTruncated: Bool
    public var usage: TaskUsage
    /// The unchanged response, one JSON object. It has the member `event` when it was streamed.
    public var text: [UInt8]

    /// A piece of what a task printed.
    public struct Print: Equatable, Sendable {
        public var stream: LogStream
        public var text: String
    }

    /// Reads the response of `POST /v1/run`, or a `result` event, which has the same fields.
    init(_ bytes: [UInt8]) throws(ClientError) {
        var fields: [String: JSONTree] = [:]
        var items: [UInt8]?
        var partialItems: [UInt8]?
        do {
            try bytes.withUnsafeBytes { buffer in
                var reader = JSONReader(buffer, maximumNesting: JSONTree.maximumNesting)
                try reader.members(limit: 1000) { (reader, key) in
                    if key.text == "items" {
                        // No tree is built of the items: there may be a million of them.
                        items = Array(buffer[try reader.skip(.array)])
                    } else if key.text == "partial_items" {
                        partialItems = Array(buffer[try reader.skip(.array)])
                    } else {
                        fields[key.text] = try JSONTree(from: &reader, in: buffer)
                    }
                }
                try reader.finish()
            }
        } catch {
            throw .malformedAnswer(reason: "\(error)")
        }
        guard let id = fields["id"]?.text, let outcome = fields["outcome"]?.text else {
            throw .malformedAnswer(reason: "the answer has no id or no outcome")
        }
        self.text = bytes
        self.id = id
        self.outcome = outcome
        self.items = items
        self.partialItems = partialItems
        self.failure = fields["error"].map { TaskFailure($0, outcome: outcome) }
        self.logs = (fields["logs"]?.elements ?? []).compactMap(Print.init)
        self.logsTruncated = fields["logs_truncated"]?.flag ?? false
        self.usage = TaskUsage(fields["usage"] ?? .null)
    }
}

extension TaskAnswer.Print {
    /// Reads an object with the members `stream` and `text`; nil when it has no text.
    init?(_ tree: JSONTree) {
        guard let text = tree["text"]?.text else { return nil }
        self.stream = tree["stream"]?.text == "stderr" ? .stderr : .stdout
        self.text = text
    }
}

extension TaskUsage {
    fileprivate init(_ tree: JSONTree) {
        func duration(_ key: String) -> Duration { tree[key]?.milliseconds ?? .zero }
        self.init(
            queued: duration("queued_ms"),
            wall: duration("wall_ms"),
            cpu: duration("cpu_ms"),
            peakResidentBytes: tree["max_rss_bytes"]?.integer ?? 0
        )
    }
}

extension TaskFailure {
    /// Reads the `error` of a response whose outcome is `outcome`.
    fileprivate init(_ tree: JSONTree, outcome: String) {
        self.init(
            // A newer service may send a kind that this client does not know. `TaskAnswer.outcome` still has its name.
            FailureKind(name: outcome) ?? .workerDied,
            message: tree["message"]?.text ?? outcome,
            type: tree["type"]?.text,
            line: tree["line"]?.integer,
            column: tree["column"]?.integer,
            sourceLine: tree["source_line"]?.text,
            traceback: tree["traceback"]?.text,
            itemIndex: tree["item_index"]?.integer,
            hint: tree["hint"]?.text,
            violations: (tree["violations"]?.elements ?? []).map(PolicyViolation.init)
        )
    }
}

extension PolicyViolation {
    /// Reads an element of `violations`.
    init(_ tree: JSONTree) {
        self.init(
            rule: tree["rule"]?.text ?? "",
            construct: tree["construct"]?.text ?? "",
            line: tree["line"]?.integer ?? 0,
            column: tree["column"]?.integer ?? 0,
            message: tree["message"]?.text ?? "",
            hint: tree["hint"]?.text
        )
    }
}

extension CodeHint {
    /// Reads an element of `hints`.
    init(_ tree: JSONTree) {
        self.init(
            line: tree["line"]?.integer ?? 0,
            column: tree["column"]?.integer ?? 0,
            construct: tree["construct"]?.text ?? "",
            message: tree["message"]?.text ?? ""
        )
    }
}
