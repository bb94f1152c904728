import JSONBytes

/// The broker's answer to an auth token.
enum GrantTokenResponse {
    /// Bytes of the longest answer that is read.
    static let maximumBytes = 64 << 10

    /// The token in `{"data": {"token": "…"}}`, if that is what the answer is.
    static func token(in bytes: [UInt8]) -> SecretToken? {
        try? bytes.withUnsafeBytes { buffer in
            var token: String?
            var reader = JSONReader(buffer, maximumNesting: 32)
            try reader.members { reader, key in
                guard key.text == "data", try reader.peek() == .object else { return }
                try reader.members { reader, key in
                    guard key.text == "token", try reader.peek() == .string else { return }
                    token = JSONValue.text(buffer[try reader.skip()])
                }
            }
            try reader.finish()
            return token.flatMap { SecretToken($0) }
        }
    }
}
