import Glibc

/// Writes log lines to a descriptor in pieces of at most PIPE_BUF bytes, so that they do not mix with lines of other
/// processes. A piece is one or more whole lines; only a line longer than PIPE_BUF is written in several pieces, between
/// which other processes may write.
///
/// `LogWriter` owns it; one thread at a time uses it. The descriptor may be of any kind, blocking or not. Other processes
/// share its open file description, so this type neither sets O_NONBLOCK nor relies on it.
struct LogOutput: Sendable {
    private static let lineFeed = UInt8(ascii: "\n")

    let descriptor: CInt
    /// Whether a failed write left an incomplete line: then a line feed is written before the next line.
    private var isInsideLine = false

    init(descriptor: CInt) {
        self.descriptor = descriptor
    }

    /// Writes lines. If a line cannot be written (EPIPE, ENOSPC, EBADF and the like), writing continues with the next.
    ///
    /// - Parameters:
    ///   - lines: Lines, each with its line feed.
    ///   - deadline: When to stop waiting until the descriptor is writable; nil waits without limit.
    /// - Returns: How many lines were not written completely.
    mutating func write(_ lines: [UInt8], until deadline: ContinuousClock.Instant? = nil) -> Int {
        var lost = 0
        var start = 0
        while start < lines.count {
            let end = Self.endOfPiece(of: lines, from: start)
            if self.isInsideLine { self.isInsideLine = self.send([Self.lineFeed], 0..<1, deadline) != 1 }
            let stop = self.isInsideLine ? start : self.send(lines, start..<end, deadline)
            if stop == end {
                start = end
                continue
            }
            if !self.isInsideLine { self.isInsideLine = stop > 0 && lines[stop - 1] != Self.lineFeed }
            // The rest of a long line is skipped after one of its pieces failed.
            start = (lines[(end - 1)...].firstIndex(of: Self.lineFeed) ?? lines.count - 1) + 1
            lost += lines[stop..<start].count { $0 == Self.lineFeed }
        }
        return lost
    }

    /// The end of the piece that starts at `start`. A piece has as many whole lines as fit in PIPE_BUF bytes, because a
    /// pipe takes that many bytes atomically (pipe(7)). A longer line is cut.
    static func endOfPiece(of lines: [UInt8], from start: Int) -> Int {
        let end = min(start + Int(PIPE_BUF), lines.count)
        guard end < lines.count else { return end }
        return lines[start..<end].lastIndex(of: Self.lineFeed).map { $0 + 1 } ?? end
    }

    /// Writes one piece.
    ///
    /// - Returns: The index after the last byte that was written: the end of `range` unless a write failed.
    private func send(_ bytes: [UInt8], _ range: Range<Int>, _ deadline: ContinuousClock.Instant?) -> Int {
        var position = range.lowerBound
        // With a deadline, poll(2) waits for room before each write(2). The write still blocks if another process fills the
        // pipe between the two calls.
        var polls = deadline != nil
        while position < range.upperBound {
            if polls, !self.waitForRoom(until: deadline) { return position }
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(self.descriptor, buffer.baseAddress.map { $0 + position }, range.upperBound - position)
            }
            if count > 0 {
                position += count
            } else if count < 0, errno == EAGAIN {
                // EAGAIN: another process has set O_NONBLOCK on the shared open file description.
                polls = true
            } else if count == 0 || errno != EINTR {
                return position
            }
        }
        return position
    }

    /// Waits until a write would not block, or would fail.
    ///
    /// - Returns: false when the deadline has passed.
    private func waitForRoom(until deadline: ContinuousClock.Instant?) -> Bool {
        while true {
            var milliseconds: CInt = -1
            if let deadline {
                let (seconds, attoseconds) = max(deadline - .now, .zero).components
                milliseconds = CInt(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000)
            }
            var entry = pollfd(fd: self.descriptor, events: Int16(POLLOUT), revents: 0)
            let result = poll(&entry, 1, milliseconds)
            if result > 0 { return true }
            if result == 0 || errno != EINTR { return false }
        }
    }
}
