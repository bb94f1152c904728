import JSONBytes
public import Tasks

/// A task as a client submits it.
public struct TaskSubmission: Sendable {
    /// The Python, as its author wrote it.
    public var code: String
    /// The text of one JSON array of objects; it is sent as it is.
    public var items: [UInt8]
    public var mode: TaskMode
    public var continueOnFail: Bool
    /// The run time to ask for; the service caps it. Nil takes the service's own.
    public var timeout: Duration?
    /// A name for lists and logs.
    public var label: String?

    public init(
        code: String,
        items: [UInt8] = Array("[]".utf8),
        mode: TaskMode = .allItems,
        continueOnFail: Bool = false,
        timeout: Duration? = nil,
        label: String? = nil
    ) {
        self.code = code
        self.items = items
        self.mode = mode
        self.continueOnFail = continueOnFail
        self.timeout = timeout
        self.label = label
    }

    /// The body of `POST /v1/run`.
    var runBody: [UInt8] {
        var writer = JSONWriter(reserving: self.items.count + self.code.utf8.count + 256)
        writer.beginObject()
        writer.key("code")
        writer.string(self.code)
        writer.key("items")
        writer.raw(self.items)
        writer.key("mode")
        writer.string(self.mode.name)
        writer.key("continue_on_fail")
        writer.boolean(self.continueOnFail)
        if let timeout = self.timeout {
            writer.key("timeout_ms")
            // Rounded up: a run time of nothing is not what anybody asks for.
            let (seconds, attoseconds) = timeout.components
            writer.integer(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
        }
        if let label = self.label {
            writer.key("label")
            writer.string(label)
        }
        writer.endObject()
        return writer.bytes
    }

    /// The body of `POST /v1/check`.
    var checkBody: [UInt8] {
        var writer = JSONWriter(reserving: self.code.utf8.count + 64)
        writer.beginObject()
        writer.key("code")
        writer.string(self.code)
        writer.key("mode")
        writer.string(self.mode.name)
        writer.endObject()
        return writer.bytes
    }
}
