import Tasks

extension Settings {
    /// Whether this build can do what the settings ask for. A setting is never silently without effect.
    ///
    /// - Throws: ``ServiceStartError`` that names the setting.
    func checkSupport() throws(ServiceStartError) {
        let bridge = "the n8n bridge is not part of this build yet"
        let unsupported: [(isAsked: Bool, name: String)] = [
            (self.grantToken != nil, "TERRARIUM_GRANT_TOKEN"),
            (self.authToken != nil, "TERRARIUM_AUTH_TOKEN"),
            (self.healthCheckServerEnabled, "TERRARIUM_HEALTH_CHECK_SERVER_ENABLED"),
            (!self.blocksEnvironmentAccess, "N8N_BLOCK_RUNNER_ENV_ACCESS"),
        ]
        guard let first = unsupported.first(where: \.isAsked) else { return }
        throw ServiceStartError(exit: .badConfiguration, message: "\(first.name): \(bridge)")
    }
}
