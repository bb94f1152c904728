import Tasks

extension Settings {
    /// Whether this build can do what the settings ask for. A setting is never silently without effect.
    ///
    /// - Throws: ``ServiceStartError`` that names the setting.
    func checkSupport() throws(ServiceStartError) {
        guard self.blocksEnvironmentAccess else {
            throw ServiceStartError(
                exit: .badConfiguration,
                message:
                    "N8N_BLOCK_RUNNER_ENV_ACCESS=\"false\": showing the environment to tasks is not part of this build yet"
            )
        }
    }
}
