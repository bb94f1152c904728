/// The log lines that wait to be written, in order. The queue is bounded in bytes; lines over the bound are dropped and
/// counted.
///
/// A value without input or output: `LogWriter` owns it and accesses it under its lock. Each line has exactly one line
/// feed, at its end.
struct LogQueue: Sendable {
    /// The lines that the writer writes at once.
    struct Batch: Equatable, Sendable {
        /// Whole lines, oldest first.
        var lines: [UInt8]
        /// How many lines were dropped after these lines and have not been reported by a log line.
        var dropped: Int
    }

    /// The bound on queued bytes. A batch that was taken no longer counts, so all lines in memory are up to twice this
    /// size.
    private let limit: Int
    private var waiting: [UInt8] = []
    /// Whether a line did not fit since the last `take`. Later lines, even short ones, are then dropped as well, so that
    /// all dropped lines of a batch are missing at its end.
    private var isFull = false
    private var unreported = 0
    /// How many lines were dropped or could not be written, in total.
    private(set) var dropped = 0

    init(limit: Int) {
        self.limit = limit
    }

    /// Whether lines are queued, or dropped lines are not reported yet.
    var hasWork: Bool { !self.waiting.isEmpty || self.isFull }

    /// Queues a line, or drops and counts it if the queue is full.
    mutating func append(_ line: [UInt8]) {
        guard !self.isFull, line.count <= self.limit - self.waiting.count else {
            self.isFull = true
            self.dropped += 1
            self.unreported += 1
            return
        }
        if self.waiting.isEmpty {
            // The usual case: an assignment does not copy the bytes.
            self.waiting = line
        } else {
            self.waiting += line
        }
    }

    /// Removes and returns all queued lines, which empties the queue.
    mutating func take() -> Batch? {
        guard self.hasWork else { return nil }
        let batch = Batch(lines: self.waiting, dropped: self.unreported)
        self.waiting = []
        self.isFull = false
        self.unreported = 0
        return batch
    }

    /// Records the result of writing a batch.
    ///
    /// - Parameters:
    ///   - batch: What `take` returned.
    ///   - lost: How many of its lines could not be written.
    ///   - isReported: Whether a log line reports the missing lines. If not, the count is added to the next batch.
    mutating func finished(_ batch: Batch, lost: Int, isReported: Bool) {
        self.dropped += lost
        if !isReported { self.unreported += batch.dropped + lost }
    }
}
