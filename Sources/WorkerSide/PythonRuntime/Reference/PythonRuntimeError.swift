/// Errors of starting and preparing the interpreter, as opposed to errors of a task.
public enum PythonRuntimeError: Error, Equatable, Sendable, CustomStringConvertible {
    /// This program cannot run with the libpython it is linked to. The value is the reason.
    case unsupportedVersion(String)
    /// CPython failed to initialise. The value is its message.
    case initialisationFailed(String)
    /// No standard library was found where this build of CPython looks for it. The value is the path.
    case standardLibraryNotFound(String)
    /// A step of preparing the interpreter failed. The reason is the text of the exception.
    case preparationFailed(step: String, reason: String)

    public var description: String {
        switch self {
        case .unsupportedVersion(let reason): reason
        case .initialisationFailed(let reason): "Python did not initialise: \(reason)"
        case .standardLibraryNotFound(let path): "no Python standard library at \(path)"
        case .preparationFailed(let step, let reason): "preparing Python failed while \(step): \(reason)"
        }
    }
}
