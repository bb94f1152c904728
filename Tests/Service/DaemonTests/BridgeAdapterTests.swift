import N8NBridge
import Settings
import Tasks
import Testing

@testable import Daemon

@Suite struct BridgeAdapterTests {
    @Test func settingsBecomeAConfiguration() throws {
        var settings = ServiceSettings()
        let peer = Peer(uid: 1, isPrivileged: true)
        #expect(try BridgeConfiguration(settings, peer: peer) == nil)
        settings.authToken = "auth"
        settings.maximumConcurrency = 9
        settings.maximumPayload = 12345
        let configuration = try #require(try BridgeConfiguration(settings, peer: peer))
        #expect(configuration.taskBrokerURI == "http://127.0.0.1:5679")
        #expect(configuration.grantToken == nil)
        #expect(configuration.authToken == SecretToken("auth"))
        #expect(configuration.maximumConcurrency == 9)
        #expect(configuration.maximumPayload == 12345)
        // No more is offered than runs for one user.
        settings.maximumConcurrencyPerUser = 4
        #expect(try BridgeConfiguration(settings, peer: peer)?.maximumConcurrency == 4)
        // It goes into a JSON body, which carries any text.
        settings.authToken = "any text at all\n"
        #expect(try BridgeConfiguration(settings, peer: peer)?.authToken == SecretToken(inBody: "any text at all\n"))
        settings.grantToken = "not a token"
        #expect(throws: BridgeError.unusableToken(setting: "TERRARIUM_GRANT_TOKEN")) {
            try BridgeConfiguration(settings, peer: peer)
        }
    }
}
