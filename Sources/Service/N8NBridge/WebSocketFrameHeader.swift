import NIOCore

/// The validated header of a frame from the server. The bytes are untrusted.
struct WebSocketFrameHeader {
    let frame: FrameOpcode
    let isFinal: Bool
    let length: Int

    /// Reads a header from the front of `bytes`.
    ///
    /// - Returns: nil if the header is incomplete; then no byte is consumed.
    /// - Throws: ``WebSocketViolation`` for a header that a server must not send.
    init?(_ bytes: inout ByteBuffer) throws(WebSocketViolation) {
        let start = bytes.readerIndex
        guard let first = bytes.getInteger(at: start, as: UInt8.self) else { return nil }
        guard first & 0x70 == 0 else { throw .protocolError("a reserved bit is set") }
        guard let frame = FrameOpcode(rawValue: first & 0x0F) else { throw .protocolError("unknown opcode") }
        guard let second = bytes.getInteger(at: start + 1, as: UInt8.self) else { return nil }
        guard second & 0x80 == 0 else { throw .protocolError("a server's frame is masked") }
        self.frame = frame
        self.isFinal = first & 0x80 != 0
        switch second {
        case 126:
            guard let length = bytes.getInteger(at: start + 2, as: UInt16.self) else { return nil }
            guard length > 125 else { throw .protocolError("a length is not in its shortest form") }
            self.length = Int(length)
            bytes.moveReaderIndex(forwardBy: 4)
        case 127:
            guard let length = bytes.getInteger(at: start + 2, as: UInt64.self) else { return nil }
            guard length > UInt64(UInt16.max) else {
                throw .protocolError("a length is not in its shortest form")
            }
            guard let length = Int(exactly: length) else { throw .protocolError("a length is negative") }
            self.length = length
            bytes.moveReaderIndex(forwardBy: 10)
        default:
            self.length = Int(second)
            bytes.moveReaderIndex(forwardBy: 2)
        }
    }
}
