/// Why the bridge ends for good.
public enum BridgeError: Error, Equatable, CustomStringConvertible {
    /// The broker's address is none.
    case invalidAddress(String)
    /// A token has characters that cannot be sent, or is empty.
    case unusableToken(setting: String)
    /// Neither a grant token nor an auth token is there to connect with.
    case noToken
    /// The broker turned the connection away, with two fresh tokens too if there was a way to get them.
    case connectionRefused(status: Int, hasAuthToken: Bool)
    /// The broker does not take the auth token.
    case authTokenRefused(status: Int)
    /// The certificates to trust cannot be read.
    case certificates(String)

    /// Whether it was the broker that refused, which retrying cannot help, rather than the configuration that is wrong.
    public var isRefusal: Bool {
        switch self {
        case .connectionRefused, .authTokenRefused: true
        case .invalidAddress, .unusableToken, .noToken, .certificates: false
        }
    }

    public var description: String {
        switch self {
        case .invalidAddress(let text):
            "\"\(text)\" is no address of a task broker; accepted is http://HOST:PORT or https://HOST:PORT"
        case .unusableToken(let setting):
            "\(setting) is empty or has characters that an HTTP header cannot carry"
        case .noToken:
            "there is no token to connect to n8n's task broker with"
        case .connectionRefused(let status, hasAuthToken: false):
            "n8n's task broker refused the grant token (HTTP \(status)); each is good for one connection: get a new one,"
                + " or set TERRARIUM_AUTH_TOKEN"
        case .connectionRefused(let status, hasAuthToken: true):
            "n8n's task broker refused two grant tokens that it had just given out (HTTP \(status))"
        case .certificates(let reason):
            reason
        case .authTokenRefused(let status):
            "n8n's task broker refused the auth token (HTTP \(status)); it has to be the same as"
                + " N8N_RUNNERS_AUTH_TOKEN of n8n"
        }
    }
}
