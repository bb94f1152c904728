import Glibc

/// Computes how many of the received bytes may be passed to the HTTP decoder without passing bytes of a later request.
///
/// NIO's decoder parses all bytes that it is given, so it must not be given more than one request. A request ends after an
/// empty line (a head without a body, or the last chunk) or after the number of bytes that its head announces. It suffices
/// to split the bytes at these places; the decoder still does all parsing. Owned by ``PipeliningHandler``.
struct RequestBoundary {
    private enum Expected {
        case emptyLine
        case body(Int)
    }

    private var expected = Expected.emptyLine
    /// How many bytes of the current line were passed; counted only up to 2.
    private var lineLength = 0
    private var endsWithCarriageReturn = false
    /// Whether the line before the current one is empty. An empty line that follows another empty line does not end a
    /// request: such lines occur before a request and inside a chunk.
    private var previousLineIsEmpty = true

    /// Whether no byte was passed since the last request ended.
    var isBetweenRequests: Bool {
        if case .emptyLine = self.expected { return self.previousLineIsEmpty && self.lineLength == 0 }
        return false
    }

    /// A head was decoded that announces a body of `length` bytes; nil for a chunked body.
    mutating func bodyAnnounced(_ length: Int?) {
        guard let length, length > 0 else { return }
        self.expected = .body(length)
    }

    /// The decoder has decoded the end of the request.
    mutating func requestEnded() {
        self = RequestBoundary()
    }

    /// Takes bytes from the front of the received bytes, and counts them as passed.
    ///
    /// - Returns: How many of `bytes` to pass now; at least one unless `bytes` is empty.
    mutating func take(from bytes: UnsafeRawBufferPointer) -> Int {
        switch self.expected {
        case .body(let left):
            let count = min(left, bytes.count)
            self.expected = count == left ? .emptyLine : .body(left - count)
            return count
        case .emptyLine:
            return self.takeLines(from: bytes)
        }
    }

    private mutating func takeLines(from bytes: UnsafeRawBufferPointer) -> Int {
        var start = 0
        while let newline = Self.newline(in: bytes, from: start) {
            self.pass(bytes[start..<newline])
            let isEmpty = self.lineLength == 0 || (self.lineLength == 1 && self.endsWithCarriageReturn)
            let isEnd = isEmpty && !self.previousLineIsEmpty
            self.previousLineIsEmpty = isEmpty
            self.lineLength = 0
            self.endsWithCarriageReturn = false
            start = newline + 1
            if isEnd { return start }
        }
        self.pass(bytes[start...])
        return bytes.count
    }

    private static func newline(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = bytes.baseAddress, start < bytes.count,
            let found = memchr(base + start, CInt(UInt8(ascii: "\n")), bytes.count - start)
        else { return nil }
        return UnsafeRawPointer(found) - base
    }

    private mutating func pass(_ line: Slice<UnsafeRawBufferPointer>) {
        guard let last = line.last else { return }
        self.lineLength = min(2, self.lineLength + line.count)
        self.endsWithCarriageReturn = last == UInt8(ascii: "\r")
    }
}
