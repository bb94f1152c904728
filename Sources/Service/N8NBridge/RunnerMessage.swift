import JSONBytes
import Tasks

/// Encodes the runner's messages as pieces of JSON text, which are sent in order. Results and prints are already validated
/// JSON; they are separate pieces, so that they are not copied.
enum RunnerMessage {
    typealias Pieces = [ArraySlice<UInt8>]

    /// The name that n8n displays for this runner.
    static let runnerName = "Terrarium"
    /// The type of task that this runner accepts.
    static let taskType = "python"

    /// The response to `broker:inforequest`.
    static func info() -> Pieces {
        self.message("runner:info") { writer in
            writer.key("name")
            writer.string(self.runnerName)
            writer.key("types")
            writer.beginArray()
            writer.string(self.taskType)
            writer.endArray()
        }
    }

    /// An offer of one task slot, valid for `validity`.
    static func offer(_ id: String, validFor validity: Duration) -> Pieces {
        self.message("runner:taskoffer") { writer in
            writer.key("offerId")
            writer.string(id)
            writer.key("taskType")
            writer.string(self.taskType)
            writer.key("validFor")
            let (seconds, attoseconds) = validity.components
            writer.integer(seconds * 1000 + attoseconds / 1_000_000_000_000_000)
        }
    }

    static func accepted(_ taskID: String) -> Pieces {
        self.message("runner:taskaccepted", taskID) { _ in }
    }

    static func rejected(_ taskID: String, reason: String) -> Pieces {
        self.message("runner:taskrejected", taskID) { writer in
            writer.key("reason")
            writer.string(reason)
        }
    }

    /// The message with a task's result. `result` must be well-formed JSON text.
    static func done(_ taskID: String, result: ArraySlice<UInt8>) -> Pieces {
        var head = JSONWriter()
        head.beginObject()
        head.key("type")
        head.string("runner:taskdone")
        head.key("taskId")
        head.string(taskID)
        head.key("data")
        head.beginObject()
        head.key("result")
        return [head.bytes[...], result, self.closing]
    }

    /// A print, sent as an RPC whose response is ignored. `arguments` must be the text of one JSON array.
    static func console(_ taskID: String, callID: String, arguments: ArraySlice<UInt8>) -> Pieces {
        var head = JSONWriter()
        head.beginObject()
        head.key("type")
        head.string("runner:rpc")
        head.key("callId")
        head.string(callID)
        head.key("taskId")
        head.string(taskID)
        head.key("name")
        head.string("logNodeOutput")
        head.key("params")
        return [head.bytes[...], arguments, self.closing.prefix(1)]
    }

    /// Encodes one text as the arguments of a print.
    static func consoleArguments(_ text: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginArray()
        writer.string(text)
        writer.endArray()
        return writer.bytes
    }

    /// The message that a task failed.
    static func failed(_ taskID: String, _ failure: TaskFailure) -> Pieces {
        self.message("runner:taskerror", taskID) { writer in
            writer.key("error")
            FailureEncoding.write(failure, into: &writer)
        }
    }

    /// The message that a task failed before it ran.
    static func failed(_ taskID: String, problem: String) -> Pieces {
        self.message("runner:taskerror", taskID) { writer in
            writer.key("error")
            writer.beginObject()
            writer.key("message")
            writer.string(problem)
            writer.endObject()
        }
    }

    /// The two closing braces at the end of a message.
    private static let closing: ArraySlice<UInt8> = [0x7D, 0x7D]

    private static func message(
        _ type: String,
        _ taskID: String? = nil,
        _ write: (inout JSONWriter) -> Void
    ) -> Pieces {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("type")
        writer.string(type)
        if let taskID {
            writer.key("taskId")
            writer.string(taskID)
        }
        write(&writer)
        writer.endObject()
        return [writer.bytes[...]]
    }
}
