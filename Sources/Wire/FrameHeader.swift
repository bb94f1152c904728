/// What stands before every payload on a task socket: its length as four bytes, least significant first, its kind, and
/// three zero bytes.
public struct FrameHeader: Equatable, Sendable {
    public static let size = 8

    public var kind: UInt8
    /// Bytes of payload that follow.
    public var length: UInt32

    public init(kind: UInt8, length: UInt32) {
        self.kind = kind
        self.length = length
    }

    /// Reads a header of exactly ``size`` bytes.
    ///
    /// - Throws: ``WireError/malformedHeader`` when the reserved bytes are not zero.
    public init(bytes: ArraySlice<UInt8>) throws(WireError) {
        precondition(bytes.count == Self.size, "a header has \(Self.size) bytes, not \(bytes.count)")
        var reader = WireReader(Array(bytes))
        self.length = try reader.readUInt32()
        self.kind = try reader.readUInt8()
        for _ in 0..<3 where try reader.readUInt8() != 0 {
            throw .malformedHeader
        }
    }

    /// The header as it goes over the socket.
    public var bytes: [UInt8] {
        var writer = WireWriter()
        writer.write(self.length)
        writer.write(self.kind)
        writer.write([0, 0, 0] as [UInt8])
        return writer.bytes
    }
}
