/// The variables of n8n's launcher or of n8n. Both also read a setting `X` from the file that `X_FILE` names.
struct FileVariables: Equatable {
    /// The program that reads the variables, each by its own rules.
    enum Reader {
        /// The file wins over `X`, without the line breaks at its end. A setting whose file cannot be read is unset.
        case launcher
        /// `X` wins unless it is empty, and the content of the file is taken as it is, with the line break at its end.
        case n8n
    }

    /// A file that was not read.
    struct Fault: Equatable {
        /// The name that ends in `_FILE`.
        var variable: String
        var reason: String
    }

    /// The settings in the report that each program reads.
    private static let names: [Reader: [String]] = [
        .launcher: [
            "N8N_RUNNERS_AUTH_TOKEN", "N8N_RUNNERS_TASK_BROKER_URI", "N8N_RUNNERS_TASK_TIMEOUT",
            "N8N_RUNNERS_AUTO_SHUTDOWN_TIMEOUT",
        ],
        .n8n: [
            "N8N_RUNNERS_MODE", "N8N_RUNNERS_AUTH_TOKEN", "N8N_RUNNERS_TASK_TIMEOUT", "N8N_RUNNERS_MAX_PAYLOAD",
        ],
    ]

    /// All variables, unchanged.
    var given: [String: String]
    /// The settings with a value, by the name without `_FILE`.
    private(set) var values: [String: String] = [:]
    private(set) var faults: [Fault] = []

    /// - Parameters:
    ///   - given: All variables.
    ///   - reader: Which of the two reads them.
    ///   - readFile: Reads a file as text. The error it throws becomes the reason of a ``Fault``.
    init(_ given: [String: String], of reader: Reader, readFile: (String) throws -> String) {
        self.given = given
        for name in Self.names[reader] ?? [] {
            let direct = given[name]
            let variable = "\(name)_FILE"
            let prefersDirect = reader == .n8n && direct?.isEmpty == false
            guard let path = given[variable], !prefersDirect, reader == .launcher || !path.isEmpty else {
                self.values[name] = direct
                continue
            }
            do {
                let text = try readFile(path)
                self.values[name] = reader == .launcher ? Self.withoutLineBreaksAtEnd(text) : text
            } catch {
                self.faults.append(Fault(variable: variable, reason: "\(error)"))
            }
        }
    }

    subscript(name: String) -> String? { self.values[name] }

    /// A number may have white space around it.
    func number(_ name: String) -> Int? {
        let words = self[name]?.split(whereSeparator: \.isWhitespace) ?? []
        return words.count == 1 ? Int(words[0]) : nil
    }

    static func withoutLineBreaksAtEnd(_ text: String) -> String {
        var bytes = text.utf8[...]
        while let last = bytes.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
