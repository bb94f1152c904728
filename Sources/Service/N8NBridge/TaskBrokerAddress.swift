/// The parsed address of n8n's task broker. Created once when the bridge starts, from the operator's setting.
struct TaskBrokerAddress: Equatable, Sendable {
    /// Whether the connection uses TLS.
    let isSecure: Bool
    /// A host name or an IP address; an IPv6 address has no brackets.
    let host: String
    let port: Int
    /// Host and port as written in the URI, for the `Host` header.
    let authority: String
    /// The prefix of every request path: empty, or with a leading slash and no trailing slash.
    let pathPrefix: String

    /// Parses an address such as `http://127.0.0.1:5679`.
    ///
    /// - Returns: nil if the address is invalid or has credentials, a query or a fragment.
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
