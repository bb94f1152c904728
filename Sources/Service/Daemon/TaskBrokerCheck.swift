import N8NBridge
public import Settings

/// Checks whether n8n's task broker responds and accepts the auth token, for `terrarium n8n check`.
public enum TaskBrokerCheck {
    public enum Answer: Equatable, Sendable {
        case accepted
        case refused(status: Int)
        case noAnswer(reason: String)
        case noToken
        /// Only a grant token is set. It is not tried, because a grant token is valid for one connection.
        case grantTokenOnly
    }

    /// - Parameters:
    ///   - loaded: The settings of the runner.
    ///   - launcher: The environment of n8n's launcher, which has the auth token; nil for a runner without a launcher.
    /// - Returns: What the task broker answered, or why it was not asked.
    public static func ask(_ loaded: LoadedSettings, launcher: [String: String]?) async -> Answer {
        let settings = loaded.settings
        var token = settings.authToken
        if let launcher {
            let own = launcher.filter { $0.key.hasPrefix("N8N_RUNNERS_AUTH_TOKEN") }
            token = (try? ConfigurationSources.load(file: nil, environment: own))?.settings.authToken
        }
        guard let text = token, let secret = SecretToken(inBody: text) else {
            return launcher == nil && settings.grantToken != nil ? .grantTokenOnly : .noToken
        }
        do {
            switch try await TaskBrokerProbe.ask(settings.taskBrokerURI, authToken: secret, within: .seconds(10)) {
            case .accepted: return .accepted
            case .refused(let status): return .refused(status: status)
            case .none(let reason): return .noAnswer(reason: reason)
            }
        } catch {
            return .noAnswer(reason: "\(error)")
        }
    }
}
