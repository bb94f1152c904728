/// The modules that a fork server imports before it forks (`PRELOAD`).
public enum PreloadSelection: Equatable, Sendable {
    /// The modules of the allowlists that are installed.
    case automatic
    /// The modules of ``automatic``, and further ones: submodules that tasks use, such as `scipy.stats`.
    case automaticAnd([String])
    case none
    case modules([String])
}
