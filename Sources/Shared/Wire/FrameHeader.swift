/// The header of every frame on a task socket: the length of the payload (four bytes, little-endian), the kind (one byte)
/// and three reserved bytes that are zero.
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
