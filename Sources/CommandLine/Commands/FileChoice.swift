import Glibc

/// The configuration file that `terrarium config` reads.
enum FileChoice: Equatable {
    case read(String)
    /// The file exists, and this user may not read it.
    case forbidden(String)
    case none

    /// Chooses the configuration file of the installed service: `none` if it does not exist.
    init(installed path: String) {
        if access(path, R_OK) == 0 {
            self = .read(path)
        } else {
            self = errno == EACCES ? .forbidden(path) : .none
        }
    }

    var path: String? {
        guard case .read(let path) = self else { return nil }
        return path
    }
}
