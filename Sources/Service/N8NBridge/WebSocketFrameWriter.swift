import NIOCore

/// Encodes the frames that a WebSocket client sends. A client masks every payload (RFC 6455, section 5.3).
///
/// The payload is copied first and then masked eight bytes at a time; NIO's encoder masks byte by byte.
enum WebSocketFrameWriter {
    /// Appends a frame.
    ///
    /// - Parameters:
    ///   - frame: The frame's opcode.
    ///   - isFinal: Whether the frame is the last one of its message.
    ///   - pieces: The parts of the payload, in order.
    ///   - mask: The masking key, random for every frame.
    ///   - buffer: The output.
    static func append(
        _ frame: FrameOpcode,
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
        // The first byte of the key is the lowest byte of `mask`, so that eight payload bytes can be masked as one
        // little-endian word.
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
