/// The limits of one connection to the task broker, which a reload replaces for the next one.
struct ConnectionLimits: Equatable {
    /// The largest message in either direction, in bytes.
    var maximumPayload: Int
    /// How many of the task broker's tasks run at once.
    var maximumConcurrency: Int
}

extension ConnectionLimits {
    init(_ configuration: BridgeConfiguration) {
        self.init(
            maximumPayload: configuration.maximumPayload,
            maximumConcurrency: configuration.maximumConcurrency
        )
    }
}
