/// The version of the product, for `--version`, the HTTP API, the metrics and the log. `scripts/deb.sh` gets it from
/// the built program, and a test compares it with the newest release in `CHANGELOG.md`.
public enum ProductVersion {
    /// The version in the form of Semantic Versioning, such as `1.2.3`.
    public static let current = "0.1.0"
}
