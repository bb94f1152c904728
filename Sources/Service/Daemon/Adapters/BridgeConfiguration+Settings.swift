import N8NBridge
import Settings
import Tasks

extension BridgeConfiguration {
    /// The bridge's configuration under the service's settings; nil when no token is set, which disables the bridge.
    ///
    /// - Parameters:
    ///   - settings: The settings in force.
    ///   - peer: The peer to which the dispatcher attributes n8n's tasks: the service's own user.
    /// - Throws: `BridgeError.unusableToken` for a token that cannot be part of an HTTP header.
    init?(_ settings: ServiceSettings, peer: Peer) throws(BridgeError) {
        guard settings.grantToken != nil || settings.authToken != nil else { return nil }
        let grantToken = try settings.grantToken.map { (text) throws(BridgeError) in
            guard let token = SecretToken(text) else { throw .unusableToken(setting: "TERRARIUM_GRANT_TOKEN") }
            return token
        }
        self.init(
            taskBrokerURI: settings.taskBrokerURI,
            grantToken: grantToken,
            authToken: settings.authToken.flatMap { SecretToken(inBody: $0) },
            // One user runs at most `maximumConcurrencyPerUser` tasks: a further offer to n8n would accept a task that only
            // waits in the queue.
            maximumConcurrency: min(
                settings.maximumConcurrency,
                settings.maximumConcurrencyPerUser ?? settings.maximumConcurrency
            ),
            maximumPayload: settings.maximumPayload,
            peer: peer
        )
    }
}
