/// Something that a service streams about a task.
public enum StreamedEvent: Equatable, Sendable {
    /// The task has an identifier, and can be cancelled.
    case accepted(id: String)
    case log(TaskAnswer.Print)
    /// In each-item mode: how many of the items are done.
    case progress(done: Int, total: Int)
    /// The last one.
    case result(TaskAnswer)

    /// Reads one line of the stream; nil for an event that this client does not know.
    init?(_ line: [UInt8]) throws(ClientError) {
        // The result's items may be large: it is told apart by how its line begins.
        let head = "{\"event\":\"result\""
        if line.starts(with: head.utf8) {
            self = .result(try TaskAnswer(line))
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
