import JSONBytes

/// Parses the task broker's response to a token exchange. The bytes are untrusted and bounded.
enum GrantTokenResponse {
    /// The longest response that is read, in bytes.
    static let maximumBytes = 64 << 10

    /// The token in `{"data": {"token": "…"}}`; nil for any other response.
    static func token(in bytes: [UInt8]) -> SecretToken? {
        try? bytes.withUnsafeBytes { buffer in
            var token: String?
            var reader = JSONReader(buffer, maximumNesting: 32)
            try reader.members(limit: TaskBrokerMessageParser.maximumMembers) { reader, key in
                guard key.text == "data", try reader.peek() == .object else { return }
                try reader.members(limit: TaskBrokerMessageParser.maximumMembers) { reader, key in
                    guard key.text == "token", try reader.peek() == .string else { return }
                    token = JSONValue.text(buffer[try reader.skip()])
                }
            }
            try reader.finish()
            return token.flatMap { SecretToken($0) }
        }
    }
}
