import Client
import JSONBytes
import Tasks
import Text

/// The only tool of the server: its description, which contains the policy of the service, and its results.
enum MCPTool {
    static let name = "run_python"
    /// The largest size of a returned result, and of the returned prints, in bytes. There is a limit because a model
    /// reads them.
    static let maximumText = 256 << 10

    // MARK: The description

    /// Writes the result of `tools/list`. `info` is the response to `GET /v1/info`.
    static func writeList(_ info: JSONTree, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("tools")
        writer.beginArray()
        writer.beginObject()
        writer.write(Self.name, for: "name")
        writer.write(Self.description(info), for: "description")
        writer.key("inputSchema")
        writer.raw(Self.inputSchema.utf8)
        // Annotations exist since version 2025-03-26; earlier clients ignore them. They say here that a run changes
        // nothing on the machine and reaches no other system.
        writer.key("annotations")
        writer.raw(#"{"title":"Run Python","readOnlyHint":true,"openWorldHint":false}"#.utf8)
        writer.endObject()
        writer.endArray()
        writer.endObject()
    }

    private static let inputSchema =
        #"{"type":"object","properties":{"#
        + #""code":{"type":"string","description":"The body of a Python function. It sees _items and ends with return."},"#
        + #""items":{"type":"array","items":{"type":"object"},"#
        + #""description":"Data for the code: it sees each object as {\"json\": object} in the list _items."},"#
        + #""timeout":{"type":"number","exclusiveMinimum":0,"#
        + #""description":"The longest run time in seconds; the service may allow less."}},"#
        + #""required":["code"],"additionalProperties":false}"#

    /// What a model has to know to write code that runs.
    static func description(_ info: JSONTree) -> String {
        let version = info["python_version"]?.text.map { " \($0)" } ?? ""
        func names(_ key: String) -> [String] { info["policy"]?[key]?.elements?.compactMap(\.text) ?? [] }
        func limit(_ key: String) -> Int? { info["limits"]?[key]?.integer }
        let modules = names("stdlib_allow").flatMap { name in
            StandardLibraryGroups.modules(in: name).map { $0.map(\.name) } ?? [name]
        }
        var lines = [
            "Runs Python\(version) in a sandbox and returns its result and what it printed. Every call has a new process without"
                + " network, without the files of the machine and without other programs; nothing is kept between calls.",
            "The code is the body of a function: it sees _items, a list of {\"json\": {...}}, and returns a dict or a list of"
                + " dicts.",
            Self.allowed(modules, of: "the standard library"),
            Self.allowed(names("external_allow"), of: "installed packages"),
        ]
        let denied = names("builtins_deny")
        if !denied.isEmpty { lines.append("Built-ins that are missing: \(denied.joined(separator: ", ")).") }
        if let time = limit("task_timeout_ms"), let memory = limit("memory_bytes"), let output = limit("output_bytes") {
            lines.append(
                "Limits: \(DurationText.shortest(.milliseconds(time), in: .seconds, decimals: 3)) s of run time,"
                    + " \(ByteText.text(memory)) of memory, \(ByteText.text(min(output, Self.maximumText))) of result."
            )
        }
        return lines.joined(separator: "\n")
    }

    private static func allowed(_ modules: [String], of place: String) -> String {
        switch modules {
        case []: "It may import nothing of \(place)."
        case let all where all.contains("*"): "It may import all of \(place)."
        default: "It may import of \(place): \(modules.joined(separator: ", "))."
        }
    }

    // MARK: Results

    /// Writes the result of a call.
    static func writeResult(_ texts: [String], isError: Bool, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("content")
        writer.beginArray()
        for text in texts {
            writer.beginObject()
            writer.write("text", for: "type")
            writer.write(text, for: "text")
            writer.endObject()
        }
        writer.endArray()
        writer.key("isError")
        writer.boolean(isError)
        writer.endObject()
    }

    /// The texts of a result: the items (an empty list has a note) or the failure, then the beginning of what was printed.
    static func texts(_ answer: TaskAnswer, call: MCPToolCall, printed: String, note: String?) throws -> [String] {
        var texts: [String] = []
        if let failure = answer.failure {
            let text = TaskFailureText(fileName: "<code>", code: call.code)
            texts.append(Self.cut(text.text(failure, outcome: answer.outcome)))
        } else {
            let items = String(decoding: try ItemsOutput.json.text(answer.items ?? []), as: UTF8.self)
            texts.append(Self.cut(items) + (note.map { "note: \($0)\n" } ?? ""))
        }
        if !printed.isEmpty { texts.append("printed:\n\(Self.cut(printed))") }
        return texts
    }

    private static func cut(_ text: String) -> String {
        let missing = text.utf8.count - Self.maximumText
        return BoundedText.cut(
            text,
            toBytes: Self.maximumText,
            mark: "\n[\(missing) bytes are missing here; return or print less]\n"
        )
    }
}
