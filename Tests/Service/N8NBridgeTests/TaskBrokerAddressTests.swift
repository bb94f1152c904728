import Testing

@testable import N8NBridge

@Suite struct TaskBrokerAddressTests {
    @Test(arguments: [
        ("http://127.0.0.1:5679", false, "127.0.0.1", 5679, "127.0.0.1:5679", ""),
        ("http://n8n", false, "n8n", 80, "n8n", ""),
        ("https://n8n.example/", true, "n8n.example", 443, "n8n.example", ""),
        ("https://n8n.example:8443/base/path//", true, "n8n.example", 8443, "n8n.example:8443", "/base/path"),
        ("http://[::1]:5679", false, "::1", 5679, "[::1]:5679", ""),
        ("http://[fe80::1]", false, "fe80::1", 80, "[fe80::1]", ""),
    ])
    func addressesAreParsed(
        _ text: String,
        isSecure: Bool,
        host: String,
        port: Int,
        authority: String,
        prefix: String
    ) throws {
        let address = try #require(TaskBrokerAddress(text))
        #expect(address.isSecure == isSecure)
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.authority == authority)
        #expect(address.pathPrefix == prefix)
    }

    @Test(arguments: [
        "", "n8n:5679", "ws://n8n:5679", "http://", "http://:5679", "http://n8n:", "http://n8n:0", "http://n8n:65536",
        "http://n8n:+1", "http://n8n:56x", "http://user:secret@n8n", "http://n8n/?a=b", "http://n8n/#x", "http://[::1",
        "http://[::1]5679", "http://[n8n]:1", "http://n8n /", "http://n8n\r\nX: y",
    ])
    func invalidAddressesAreRefused(_ text: String) {
        #expect(TaskBrokerAddress(text) == nil)
    }
}
