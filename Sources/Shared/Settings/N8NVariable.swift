/// n8n's name for a setting, and how a value under that name is read.
struct N8NVariable<Value: Sendable>: Sendable {
    var name: String
    var format: N8NFormat<Value>
    /// Which of `X` and `X_FILE` counts when both are given: n8n's runner takes `X`, its launcher the file.
    var prefersFile: Bool

    static func named(_ name: String, _ format: N8NFormat<Value>, prefersFile: Bool = false) -> Self {
        Self(name: name, format: format, prefersFile: prefersFile)
    }
}
