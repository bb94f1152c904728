/// n8n's name for a setting, and how a value under that name is read.
struct N8NVariable<Value: Sendable>: Sendable {
    var name: String
    var format: N8NFormat<Value>
    /// Whether `X_FILE` is used when both `X` and `X_FILE` are given. n8n's runner uses `X`, its launcher uses `X_FILE`.
    var prefersFile: Bool

    static func named(_ name: String, _ format: N8NFormat<Value>, prefersFile: Bool = false) -> Self {
        Self(name: name, format: format, prefersFile: prefersFile)
    }
}
