/// One event in the response stream of a task.
public enum StreamedEvent: Equatable, Sendable {
    /// The task was accepted under this identifier, by which it can be cancelled.
    case accepted(id: String)
    case log(TaskAnswer.Print)
    /// In each-item mode: the unchanged text of a JSON array of finished items. The result does not contain them again.
    case items([UInt8])
    /// In each-item mode: how many of the items are done.
    case progress(done: Int, total: Int)
    /// The outcome; the last event.
    case result(TaskAnswer)

    /// Reads one line of the stream; nil for an event that this client does not know.
    init?(_ line: [UInt8]) throws(ClientError) {
        // Items may be large, so no tree is built of them: these two events are recognised by the start of the line.
        let head = "{\"event\":\"result\""
        if line.starts(with: head.utf8) {
            self = .result(try TaskAnswer(line))
            return
        }
        let itemsHead = "{\"event\":\"items\",\"items\":"
        if line.starts(with: itemsHead.utf8), line.last == UInt8(ascii: "}") {
            self = .items(Array(line.dropFirst(itemsHead.utf8.count).dropLast()))
            return
        }
        let tree: JSONTree
        do {
            tree = try JSONTree(line)
        } catch {
            throw .malformedAnswer(reason: "\(error)")
        }
        switch tree["event"]?.text {
        case "accepted":
            guard let id = tree["id"]?.text else { throw .malformedAnswer(reason: "an accepted event has no id") }
            self = .accepted(id: id)
        case "log":
            guard let print = TaskAnswer.Print(tree) else {
                throw .malformedAnswer(reason: "a log event has no text")
            }
            self = .log(print)
        case "progress":
            self = .progress(done: tree["done"]?.integer ?? 0, total: tree["total"]?.integer ?? 0)
        case "result":
            self = .result(try TaskAnswer(line))
        default:
            return nil
        }
    }
}
