import Text

/// Decides which prints of a call become notifications about its progress: at most one in 100 milliseconds.
struct MCPProgress {
    /// What the client calls the progress of this call; nil when it does not want to know.
    var token: MCPRequestID?

    private var count = 0
    private var last: ContinuousClock.Instant?

    init(token: MCPRequestID?) {
        self.token = token
    }

    /// The code has printed.
    ///
    /// - Returns: The notification to send, if any.
    mutating func printed(_ text: String, at time: ContinuousClock.Instant) -> [UInt8]? {
        guard let token = self.token else { return nil }
        if let last = self.last, time - last < .milliseconds(100) { return nil }
        self.last = time
        self.count += 1
        return MCPMessage.progress(self.count, text: BoundedText.cut(text, toBytes: 1024, mark: "…"), token: token)
    }
}
