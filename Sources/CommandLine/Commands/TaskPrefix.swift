import Client
import Tasks

/// The identifier of a task on the command line: all its digits, or the first ones if no other task begins with them.
struct TaskPrefix {
    var text: String

    init(_ text: String) {
        self.text = text
    }

    /// Finds the task in the response of `GET /v1/tasks`. A whole identifier is returned without a search.
    ///
    /// - Returns: The whole identifier.
    /// - Throws: ``CommandError`` when no task or more than one begins with these digits.
    func match(in list: JSONTree) throws(CommandError) -> String {
        if TaskID(self.text) != nil { return self.text }
        guard let id = try self.find(in: list)?["id"]?.text else { throw Self.unknown(self.text) }
        return id
    }

    /// Finds the task in the response of `GET /v1/tasks` or `GET /v1/history`; nil when none begins with these digits.
    ///
    /// - Throws: ``CommandError`` when more than one task does.
    func find(in list: JSONTree) throws(CommandError) -> JSONTree? {
        guard !self.text.isEmpty else { return nil }
        let matches = (list["tasks"]?.elements ?? []).filter { $0["id"]?.text?.hasPrefix(self.text) == true }
        guard matches.count <= 1 else {
            let identifiers = matches.prefix(5).compactMap { $0["id"]?.text }
            throw .badInput(
                "\(matches.count) tasks begin with \(self.text): \(identifiers.joined(separator: ", "))"
                    + "\(matches.count > 5 ? ", …" : ""); give more digits"
            )
        }
        return matches.first
    }

    static func unknown(_ id: String) -> CommandError {
        CommandError(status: .failure, message: "there is no task \(id) of yours that waits or runs")
    }
}
