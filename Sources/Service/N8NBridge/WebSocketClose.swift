/// The payload of a close frame, received or sent: a code and a reason.
struct WebSocketClose: Equatable, Sendable {
    var code: UInt16
    var reason: String

    init(code: UInt16, reason: String) {
        self.code = code
        self.reason = reason
    }

    /// Parses the payload of a received close frame.
    ///
    /// - Returns: nil for an empty payload.
    /// - Throws: ``WebSocketViolation`` for an invalid code or a reason that is not UTF-8.
    init?(payload: [UInt8]) throws(WebSocketViolation) {
        guard !payload.isEmpty else { return nil }
        guard payload.count >= 2 else { throw .protocolError("a close frame with half a code") }
        self.code = UInt16(payload[0]) << 8 | UInt16(payload[1])
        switch self.code {
        case 1000...1003, 1007...1014, 3000...4999: break
        default: throw .protocolError("a close code that must not be sent")
        }
        guard let reason = String(validating: payload.dropFirst(2), as: UTF8.self) else {
            throw WebSocketViolation(code: 1007, reason: "a close reason that is not UTF-8")
        }
        self.reason = reason
    }

    /// The encoded payload, at most 125 bytes; a longer reason is cut between characters.
    var payload: [UInt8] {
        var payload = [UInt8(self.code >> 8), UInt8(self.code & 0xFF)]
        for character in self.reason {
            guard payload.count + character.utf8.count <= 125 else { break }
            payload += character.utf8
        }
        return payload
    }
}
