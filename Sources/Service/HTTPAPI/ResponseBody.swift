import NIOCore

/// The part of a response's body that was not passed to the channel yet.
///
/// The pieces are not joined. They are copied into buffers of bounded size as the socket accepts them, so that a large
/// result is in memory only once, in addition to the bytes in flight. Owned by one ``ConnectionHandler``.
struct ResponseBody {
    private var pieces: CircularBuffer<ArraySlice<UInt8>>
    /// Whether the body is complete, so that no bytes will be appended.
    private(set) var isComplete: Bool
    /// How many bytes remain.
    private(set) var count = 0

    /// Creates a body from its first pieces, in order.
    init(_ pieces: [ArraySlice<UInt8>] = [], isComplete: Bool = false) {
        self.pieces = CircularBuffer(initialCapacity: pieces.count)
        self.isComplete = isComplete
        for piece in pieces where !piece.isEmpty {
            self.pieces.append(piece)
            self.count += piece.count
        }
    }

    /// Whether no bytes remain at the moment.
    var isEmpty: Bool { self.pieces.isEmpty }

    /// Appends a piece.
    mutating func append(_ piece: ArraySlice<UInt8>) {
        guard !piece.isEmpty, !self.isComplete else { return }
        self.pieces.append(piece)
        self.count += piece.count
    }

    /// Marks the body as complete.
    mutating func complete() {
        self.isComplete = true
    }

    /// Takes up to `limit` bytes.
    ///
    /// - Returns: nil when no bytes remain at the moment.
    mutating func next(upTo limit: Int, using allocator: ByteBufferAllocator) -> ByteBuffer? {
        guard !self.pieces.isEmpty else { return nil }
        var size = 0
        for piece in self.pieces where size < limit { size += piece.count }
        size = min(size, limit)
        var buffer = allocator.buffer(capacity: size)
        while buffer.readableBytes < size, let piece = self.pieces.popFirst() {
            let part = piece.prefix(size - buffer.readableBytes)
            buffer.writeBytes(part)
            if part.count < piece.count { self.pieces.prepend(piece.dropFirst(part.count)) }
        }
        self.count -= size
        return buffer
    }
}
