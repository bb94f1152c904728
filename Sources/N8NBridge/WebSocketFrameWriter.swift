import NIOCore

/// Writes the frames of a WebSocket, on the client's side: every payload is masked (RFC 6455, section 5.3).
///
/// The mask is applied eight bytes at a time while the payload is copied, which NIO's encoder does byte by byte.
enum WebSocketFrameWriter {
    /// Appends a frame.
    ///
    /// - Parameters:
    ///   - frame: Its kind.
    ///   - isFinal: Whether the message ends with it.
    ///   - pieces: Its payload.
    ///   - mask: What to mask it with: fresh, and unguessable, for every frame.
    ///   - buffer: Where it goes.
    static func append(
        _ frame: WebSocketFrame,
        isFinal: Bool,
        pieces: some Sequence<ArraySlice<UInt8>>,
        mask: UInt32,
        to buffer: inout ByteBuffer
    ) {
        let length = pieces.reduce(0) { $0 + $1.count }
        buffer.reserveCapacity(minimumWritableBytes: length + 14)
        buffer.writeInteger(frame.rawValue | (isFinal ? 0x80 : 0))
        switch length {
        case 0...125:
            buffer.writeInteger(0x80 | UInt8(length))
        case 126...Int(UInt16.max):
            buffer.writeInteger(0x80 | 126 as UInt8)
            buffer.writeInteger(UInt16(length))
        default:
            buffer.writeInteger(0x80 | 127 as UInt8)
            buffer.writeInteger(UInt64(length))
        }
        // Its first byte is the lowest, so that a word of eight payload bytes can be masked as it lies in memory.
        buffer.writeInteger(mask, endianness: .little)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { target in
            var position = 0
            for piece in pieces {
                piece.withUnsafeBytes { source in
                    UnsafeMutableRawBufferPointer(rebasing: target[position..<position + source.count])
                        .copyMemory(from: source)
                }
                position += piece.count
            }
            self.apply(mask, to: UnsafeMutableRawBufferPointer(rebasing: target[..<length]))
            return length
        }
    }

    private static func apply(_ mask: UInt32, to bytes: UnsafeMutableRawBufferPointer) {
        let word = UInt64(mask) << 32 | UInt64(mask)
        var position = 0
        while position + 8 <= bytes.count {
            let plain = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            bytes.storeBytes(of: (plain ^ word).littleEndian, toByteOffset: position, as: UInt64.self)
            position += 8
        }
        while position < bytes.count {
            bytes[position] ^= UInt8(truncatingIfNeeded: mask >> (8 * UInt32(position & 3)))
            position += 1
        }
    }
}
