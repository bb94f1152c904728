import NIOPosix

/// Asks n8n's task broker once whether it accepts an auth token, without registering as a runner. `terrarium n8n check`
/// uses it.
public enum TaskBrokerProbe {
    public enum Answer: Equatable, Sendable {
        case accepted
        /// The status of the response; 403 means that the task broker has a different token.
        case refused(status: Int)
        case none(reason: String)
    }

    /// Exchanges the token for a grant token, which is not used and expires within seconds.
    ///
    /// - Throws: ``BridgeError`` when the address is invalid or the system's certificates cannot be read.
    public static func ask(_ uri: String, authToken: SecretToken, within time: Duration) async throws -> Answer {
        guard let address = TaskBrokerAddress(uri) else { throw BridgeError.invalidAddress(uri) }
        let exchange = TokenExchange(
            address: address,
            tls: address.isSecure ? TaskBrokerConnector.tls(certificateAuthorities: nil) : nil,
            timeout: time,
            group: MultiThreadedEventLoopGroup.singleton
        )
        do {
            _ = try await exchange.grantToken(for: authToken)
            return .accepted
        } catch {
            return error.status.map { .refused(status: $0) } ?? .none(reason: error.reason)
        }
    }
}
