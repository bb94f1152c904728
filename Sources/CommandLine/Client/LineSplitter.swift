/// Cuts a stream of bytes into lines, with a bound on their length.
struct LineSplitter {
    /// A line that is longer than the bound.
    struct LineTooLong: Error {}

    private let maximumLength: Int
    private var rest: [UInt8] = []
    /// The length of the front part of `rest` that has no line feed.
    private var searched = 0

    init(maximumLength: Int) {
        self.maximumLength = maximumLength
    }

    /// Appends bytes and returns the lines that are complete, without their line feeds.
    mutating func append(_ bytes: some Collection<UInt8>) throws(LineTooLong) -> [ArraySlice<UInt8>] {
        self.rest.append(contentsOf: bytes)
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        while let end = self.rest[self.searched...].firstIndex(of: UInt8(ascii: "\n")) {
            guard end - start <= self.maximumLength else { throw LineTooLong() }
            lines.append(self.rest[start..<end])
            start = end + 1
            self.searched = start
        }
        // The returned slices share the old storage, so the rest is copied to a new one.
        if start > 0 { self.rest = Array(self.rest[start...]) }
        self.searched = self.rest.count
        guard self.rest.count <= self.maximumLength else { throw LineTooLong() }
        return lines
    }

    /// The bytes after the last line feed.
    var remainder: [UInt8] { self.rest }
}
