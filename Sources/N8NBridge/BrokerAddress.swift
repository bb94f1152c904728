/// Where n8n's task broker listens, taken apart.
struct BrokerAddress: Equatable, Sendable {
    /// Whether the connection is made with TLS.
    let isSecure: Bool
    /// A name or an address; one of IPv6 stands without its brackets.
    let host: String
    let port: Int
    /// Host and port as the `Host` header wants them.
    let authority: String
    /// What stands before every path: empty, or with a slash at its beginning and none at its end.
    let pathPrefix: String

    /// Takes an address such as `http://127.0.0.1:5679` apart.
    ///
    /// - Returns: nil for anything that is no such address; credentials, a query and a fragment have no place in it.
    init?(_ text: String) {
        let rest: Substring
        if text.hasPrefix("http://") {
            self.isSecure = false
            rest = text.dropFirst(7)
        } else if text.hasPrefix("https://") {
            self.isSecure = true
            rest = text.dropFirst(8)
        } else {
            return nil
        }
        guard rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !rest.contains(where: { "?#@\\".contains($0) }) else {
            return nil
        }
        let authority = rest.prefix { $0 != "/" }
        var path = rest.dropFirst(authority.count)
        while path.last == "/" { path = path.dropLast() }
        let portText: Substring
        if authority.first == "[" {
            let host = authority.dropFirst().prefix { $0 != "]" }
            portText = authority.dropFirst(host.count + 2)
            guard authority.dropFirst(host.count + 1).first == "]", host.contains(":") else { return nil }
            self.host = String(host)
        } else {
            let host = authority.prefix { $0 != ":" }
            portText = authority.dropFirst(host.count)
            self.host = String(host)
        }
        guard !self.host.isEmpty else { return nil }
        if portText.isEmpty {
            self.port = self.isSecure ? 443 : 80
        } else {
            guard portText.first == ":", portText.dropFirst().allSatisfy(\.isNumber),
                let port = UInt16(portText.dropFirst()), port > 0
            else { return nil }
            self.port = Int(port)
        }
        self.authority = String(authority)
        self.pathPrefix = String(path)
    }
}
