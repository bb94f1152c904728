/// A line of input, or ``tooLong`` in place of a line that was too long.
enum InputLine: Equatable, Sendable {
    /// The line without its line feed.
    case complete([UInt8])
    /// The line had more than ``maximumLength`` bytes, which were discarded.
    case tooLong

    static let maximumLength = 16 << 20
}

/// Cuts input into lines, and buffers at most one line of ``InputLine/maximumLength`` bytes.
struct InputLineSplitter {
    private var rest: [UInt8] = []
    private var isTooLong = false

    /// Appends bytes.
    ///
    /// - Returns: The lines that are complete now.
    mutating func append(_ bytes: [UInt8]) -> [InputLine] {
        var lines: [InputLine] = []
        var pieces = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let last = pieces.removeLast()
        for piece in pieces {
            self.extend(piece)
            lines.append(self.isTooLong ? .tooLong : .complete(self.rest))
            self.rest = []
            self.isTooLong = false
        }
        self.extend(last)
        return lines
    }

    private mutating func extend(_ piece: ArraySlice<UInt8>) {
        if self.isTooLong || self.rest.count + piece.count > InputLine.maximumLength {
            self.isTooLong = true
            self.rest = []
        } else {
            self.rest += piece
        }
    }
}
