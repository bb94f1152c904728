import Text

/// Decides which prints of a call become notifications of its progress: at most one print in 100 milliseconds.
struct MCPProgress {
    /// The token that the client gave for the progress of this call; nil when it wants no notifications.
    var token: MCPRequestID?

    private var count = 0
    private var last: ContinuousClock.Instant?

    init(token: MCPRequestID?) {
        self.token = token
    }

    /// The code has printed.
    ///
    /// - Returns: The notification to send; nil for none.
    mutating func printed(_ text: String, at time: ContinuousClock.Instant) -> [UInt8]? {
        guard let token = self.token else { return nil }
        if let last = self.last, time - last < .milliseconds(100) { return nil }
        self.last = time
        self.count += 1
        return MCPMessage.progress(self.count, text: BoundedText.cut(text, toBytes: 1024, mark: "…"), token: token)
    }
}
