import Settings

/// The effect of a reload: the new settings, and which settings changed, need a restart, or are overridden by the
/// environment. A value without side effects; ``ServiceReload`` applies it and logs it.
struct ReloadPlan: Equatable {
    /// The variables of settings that take effect now.
    var applied: [String] = []
    /// The variables of settings that changed and take effect only after a restart.
    var pending: [String] = []
    /// The environment variables that override a setting of the configuration file.
    var overriding: [String] = []
    /// The settings in force after the reload.
    var settings: ServiceSettings

    /// Compares the settings that were read with the settings in force.
    ///
    /// - Parameters:
    ///   - loaded: The settings from the environment and the file.
    ///   - file: The settings from the file alone; nil without a file.
    ///   - inForce: The settings in force.
    init(_ loaded: LoadedSettings, file: LoadedSettings?, inForce: ServiceSettings) {
        self.settings = inForce
        for setting in Setting.all {
            if let file, file.origin(of: setting) != .byDefault,
                case .environment(let variable) = loaded.origin(of: setting)
            {
                self.overriding.append(variable)
            }
            guard !setting.isEqual(loaded.settings, inForce) else { continue }
            switch setting.change {
            case .restart: self.pending.append(setting.variable)
            case .reload:
                self.applied.append(setting.variable)
                setting.copy(from: loaded.settings, to: &self.settings)
            }
        }
    }
}
