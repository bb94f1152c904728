import CPython

/// The Python that this build embeds.
public enum PythonVersion {
    public static let minor = Int(CPython_headerVersion() >> 16 & 0xFF)
    /// Such as `3.13`.
    public static var text: String { "3.\(Self.minor)" }
}
