import JSONBytes
public import Tasks

/// Makes submissions for the command line, and encodes them for the HTTP API. The purpose is not encoded, because the
/// request's path gives it. Dialect and query are not encoded, because only n8n's tasks use them.
extension TaskSubmission {
    /// - Parameters:
    ///   - code: The Python code.
    ///   - items: The text of one JSON array of objects; it is sent unchanged.
    ///   - mode: Whether the code runs once for all items or once for each item.
    ///   - continueOnFail: Whether a failure becomes an item with the error.
    ///   - timeout: The requested limit on the run time; nil for the service's own limit.
    ///   - label: A name for lists and logs; nil for none.
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
            // Rounded up, because the API rejects a run time of zero.
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
