internal import Glibc

/// The reason why a file could not be read. The description is meant to follow `cannot read PATH: `.
public enum FileReadError: Error, Equatable, Sendable, CustomStringConvertible {
    case failed(SystemError)
    /// The path does not name a regular file; the kind, such as `a FIFO`.
    case notRegular(kind: String)
    case tooLarge(limit: Int)

    public var description: String {
        switch self {
        case .failed(let error): SystemError.message(of: error.code)
        case .notRegular(let kind): "it is \(kind), not a regular file"
        case .tooLarge(let limit): "it is larger than \(limit) bytes"
        }
    }

    /// The error for callers that throw only `SystemError`.
    var asSystemError: SystemError {
        switch self {
        case .failed(let error): error
        case .notRegular: SystemError("open", EINVAL)
        case .tooLarge: SystemError("read", EFBIG)
        }
    }
}
