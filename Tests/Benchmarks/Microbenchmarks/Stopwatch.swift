import Glibc

/// Measures what takes less than the clock can see, in the processor time of this thread: what runs beside it on the
/// machine costs caches, but does not count.
enum Stopwatch {
    /// Nanoseconds of processor time (clock_gettime(2)).
    private static var now: Int {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }

    /// What one call of each of `bodies` takes.
    ///
    /// They take turns, so that what changes on the machine meanwhile meets all of them.
    ///
    /// - Parameters:
    ///   - samples: How many times each is measured.
    ///   - bodies: What to measure. Called over and over.
    /// - Returns: The median for each, in nanoseconds.
    /// - Throws: What the bodies throw.
    static func medians(samples: Int = 101, _ bodies: [() throws -> Void]) throws -> [Double] {
        let repeats = try bodies.map { body in
            try body()
            // A sample of a fifth of a millisecond is a thousand times what reading the clock takes.
            return max(1, 200_000 / max(1, try Self.time(1, body)))
        }
        var measured = bodies.map { _ in [Double]() }
        for _ in 0..<samples {
            for (index, body) in bodies.enumerated() {
                measured[index].append(Double(try Self.time(repeats[index], body)) / Double(repeats[index]))
            }
        }
        return measured.map { $0.sorted()[$0.count / 2] }
    }

    static func median(samples: Int = 101, _ body: () throws -> Void) throws -> Double {
        try withoutActuallyEscaping(body) { try self.medians(samples: samples, [$0])[0] }
    }

    private static func time(_ repeats: Int, _ body: () throws -> Void) throws -> Int {
        let start = Self.now
        for _ in 0..<repeats { try body() }
        return Self.now - start
    }
}
