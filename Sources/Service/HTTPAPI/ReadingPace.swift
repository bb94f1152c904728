/// The rate at which a client must read a response: in each window at least a minimum number of bytes, or all bytes that
/// are waiting if they are fewer. Accepting any progress would not suffice: a client that reads one byte now and then could
/// keep a large response in memory indefinitely.
struct ReadingPace {
    let window: Duration
    private let minimum: Int

    /// - Parameters:
    ///   - window: The time in which the client must read the minimum number of bytes.
    ///   - minimumRate: The minimum rate in bytes a second.
    init(window: Duration, minimumRate: Int) {
        self.window = window
        self.minimum = Int(min(window / .seconds(1) * Double(minimumRate), 0x1p52))
    }

    /// How many bytes the client must read in a window, if `waiting` bytes wait for it at the beginning.
    func expected(of waiting: Int) -> Int {
        max(1, min(self.minimum, waiting))
    }
}
