import Client
import Tasks

/// The identifier of a task on the command line: all its digits, or the first ones if no other task begins with them.
struct TaskPrefix {
    var text: String

    init(_ text: String) {
        self.text = text
    }

    /// Finds the task in the response of `GET /v1/tasks`. A whole identifier is not looked for.
    ///
    /// - Returns: The whole identifier.
    /// - Throws: ``CommandError`` when no task or more than one begins with these digits.
    func match(in list: JSONTree) throws(CommandError) -> String {
        if TaskID(self.text) != nil { return self.text }
        let identifiers = (list["tasks"]?.elements ?? []).compactMap { $0["id"]?.text }
        let matches = self.text.isEmpty ? [] : identifiers.filter { $0.hasPrefix(self.text) }
        guard let first = matches.first else { throw Self.unknown(self.text) }
        guard matches.count == 1 else {
            throw .badInput(
                "\(matches.count) tasks begin with \(self.text): \(matches.prefix(5).joined(separator: ", "))"
                    + "\(matches.count > 5 ? ", …" : ""); give more digits"
            )
        }
        return first
    }

    static func unknown(_ id: String) -> CommandError {
        CommandError(status: .failure, message: "there is no task \(id) of yours that waits or runs")
    }
}
