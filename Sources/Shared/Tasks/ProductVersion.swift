/// The version of the product, in one place: what `--version`, the HTTP API, the metrics and the log show. `scripts/deb.sh` asks
/// the built program for it, and a test compares it with the newest release in `CHANGELOG.md`.
public enum ProductVersion {
    /// The version by Semantic Versioning, such as `1.2.3`.
    public static let current = "0.1.0"
}
