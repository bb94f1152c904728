/// An error that ends the bridge: the configuration cannot work, or n8n's task broker refuses the runner. The daemon maps
/// it to an exit code and one line of text.
public enum BridgeError: Error, Equatable, CustomStringConvertible {
    /// The task broker's address is invalid.
    case invalidAddress(String)
    /// A token is empty or contains characters that an HTTP header cannot carry.
    case unusableToken(setting: String)
    /// Neither a grant token nor an auth token is set.
    case noToken
    /// The task broker refused the connection. If an auth token is set, the task broker refused two freshly exchanged grant
    /// tokens in a row.
    case connectionRefused(status: Int, hasAuthToken: Bool)
    /// The task broker refused the auth token.
    case authTokenRefused(status: Int)
    /// The file of trusted certificates cannot be read. The text names the reason.
    case certificates(String)

    /// Whether the task broker refused the runner; false for a configuration that cannot work.
    public var isRefusal: Bool {
        switch self {
        case .connectionRefused, .authTokenRefused: true
        case .invalidAddress, .unusableToken, .noToken, .certificates: false
        }
    }

    public var description: String {
        switch self {
        case .invalidAddress(let text):
            "the task broker's address is invalid: \"\(text)\"; accepted is http://HOST:PORT or https://HOST:PORT"
        case .unusableToken(let setting):
            "\(setting) is empty or has characters that an HTTP header cannot carry"
        case .noToken:
            "no token for n8n's task broker is set: set TERRARIUM_AUTH_TOKEN or TERRARIUM_GRANT_TOKEN"
        case .connectionRefused(let status, hasAuthToken: false):
            "n8n's task broker refused the grant token (HTTP \(status)); a grant token is valid for one connection:"
                + " get a new one, or set TERRARIUM_AUTH_TOKEN"
        case .connectionRefused(let status, hasAuthToken: true):
            "n8n's task broker refused two grant tokens that it had just issued (HTTP \(status))"
        case .certificates(let reason):
            reason
        case .authTokenRefused(let status):
            "n8n's task broker refused the auth token (HTTP \(status)); it must be the same as"
                + " n8n's N8N_RUNNERS_AUTH_TOKEN"
        }
    }
}
