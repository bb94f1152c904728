/// What can go wrong with the interpreter itself, apart from any task.
public enum PythonRuntimeError: Error, Equatable, Sendable, CustomStringConvertible {
    /// CPython did not initialise; its own words.
    case initialisationFailed(String)
    /// No standard library was found where this build of CPython looks for it.
    case standardLibraryNotFound(String)
    /// A step of preparing the interpreter raised; the step and the exception's text.
    case preparationFailed(step: String, reason: String)

    public var description: String {
        switch self {
        case .initialisationFailed(let reason): "Python did not initialise: \(reason)"
        case .standardLibraryNotFound(let path): "no Python standard library at \(path)"
        case .preparationFailed(let step, let reason): "preparing Python failed while \(step): \(reason)"
        }
    }
}
