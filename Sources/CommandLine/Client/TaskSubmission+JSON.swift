import JSONBytes
public import Tasks

/// A submission as the command line makes it and as the HTTP API takes it. Only what the API has fields for is sent:
/// the purpose is the request's path, dialect and query are n8n's.
extension TaskSubmission {
    /// - Parameters:
    ///   - code: The Python, as its author wrote it.
    ///   - items: The text of one JSON array of objects; it is sent as it is.
    ///   - mode: How the code meets the items.
    ///   - continueOnFail: Whether a failure becomes an error item.
    ///   - timeout: The run time to ask for; nil takes the service's own.
    ///   - label: A name for lists and logs.
    public init(
        code: String,
        items: [UInt8] = Array("[]".utf8),
        mode: TaskMode = .allItems,
        continueOnFail: Bool = false,
        timeout: Duration? = nil,
        label: String? = nil
    ) {
        let task = PythonTask(
            code: ArraySlice(code.utf8),
            items: TaskItems(items[...]),
            mode: mode,
            continueOnFail: continueOnFail
        )
        self.init(task, timeout: timeout, label: label)
    }

    /// The body of `POST /v1/run`.
    package var runBody: [UInt8] {
        let items = self.task.items.bytes
        var writer = JSONWriter(reserving: items.count + self.task.code.count + 256)
        writer.beginObject()
        writer.key("code")
        writer.string(self.codeText)
        writer.key("items")
        writer.raw(items)
        writer.key("mode")
        writer.string(self.task.mode.name)
        writer.key("continue_on_fail")
        writer.boolean(self.task.continueOnFail)
        if self.task.streamsItems {
            writer.key("stream_items")
            writer.boolean(true)
        }
        if let timeout = self.timeout {
            writer.key("timeout_ms")
            // Rounded up: the API takes no run time of zero.
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
        var writer = JSONWriter(reserving: self.task.code.count + 64)
        writer.beginObject()
        writer.key("code")
        writer.string(self.codeText)
        writer.key("mode")
        writer.string(self.task.mode.name)
        writer.endObject()
        return writer.bytes
    }

    private var codeText: String { String(decoding: self.task.code, as: UTF8.self) }
}
