import Glibc

/// Finds the program that workers are made of.
enum WorkerProgram {
    static let name = "terrarium-worker"

    /// The path of `terrarium-worker`: next to this program, else where packages put it.
    ///
    /// - Parameter executable: This program's own path.
    /// - Returns: An absolute path without links in it.
    /// - Throws: ``ServiceStartError`` that names the places.
    static func path(executable: String? = Self.ownPath) throws(ServiceStartError) -> String {
        let folder = executable.map { String($0[..<($0.lastIndex(of: "/") ?? $0.startIndex)]) } ?? ""
        let candidates = ["\(folder)/\(Self.name)", "\(folder)/../libexec/terrarium/\(Self.name)"]
        for candidate in candidates {
            // Without ".." in it: the path is used again after the root has changed.
            if access(candidate, X_OK) == 0, let path = realpath(candidate, nil) {
                defer { free(path) }
                return String(cString: path)
            }
        }
        throw ServiceStartError(
            exit: .failure,
            message: "there is no \(Self.name) at \(candidates.joined(separator: " or "))"
        )
    }

    /// Where this program is; nil where /proc is not mounted.
    static var ownPath: String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0, count < buffer.count else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
