internal import Tasks

/// The state of each layer, recorded as the steps of the confinement run.
struct LayerReport {
    private(set) var layers: [SandboxLayer] = []

    mutating func active(_ name: String, _ detail: String) {
        self.layers.append(SandboxLayer(name: name, isActive: true, detail: detail))
    }

    mutating func inactive(_ name: String, _ detail: String) {
        self.layers.append(SandboxLayer(name: name, isActive: false, detail: detail))
    }

    func isActive(_ name: String) -> Bool {
        self.layers.contains { $0.name == name && $0.isActive }
    }

    /// The required layers that are not active. The service does not start if there are any.
    func missing(under mode: SandboxMode) -> [String] {
        switch mode {
        case .strict:
            return LayerName.required.filter { !self.isActive($0) }
        case .auto:
            var missing = LayerName.minimum.filter { !self.isActive($0) }
            if !self.isActive(LayerName.mountNamespace) && !self.isActive(LayerName.landlock) {
                missing += [LayerName.mountNamespace, LayerName.landlock]
            }
            return missing
        }
    }
}
