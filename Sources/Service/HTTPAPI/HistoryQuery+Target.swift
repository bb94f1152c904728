import Tasks

extension HistoryQuery {
    /// Reads the query of a request target, such as `/v1/history?after=7&failed=true`.
    ///
    /// - Throws: ``ProblemDocument`` for a field that is unknown, appears twice or has an invalid value.
    init(target: String) throws(ProblemDocument) {
        self.init()
        guard let start = target.firstIndex(of: "?") else { return }
        let text = target[target.index(after: start)...].prefix { $0 != "#" }
        var seen: Set<String> = []
        for part in text.split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let (key, value) = (String(pair[0]), pair.count > 1 ? String(pair[1]) : "")
            guard seen.insert(key).inserted else { throw .invalid("The query has the field twice.", field: key) }
            switch key {
            case "after":
                guard let number = UInt64(value) else { throw .invalid("It is not a whole number.", field: key) }
                self.after = number
            case "failed":
                guard let flag = Bool(value) else { throw .invalid("It is neither true nor false.", field: key) }
                self.onlyFailures = flag
            case "limit":
                guard let number = Int(value), (1...Self.maximumLimit).contains(number) else {
                    throw .invalid("It is not a whole number from 1 to \(Self.maximumLimit).", field: key)
                }
                self.limit = number
            default:
                throw .invalid("The query has an unknown field; known are after, failed and limit.")
            }
        }
    }
}
