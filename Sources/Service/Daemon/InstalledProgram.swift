import Glibc

/// Finds the programs that are installed with this one: `terrarium-worker`, which fork servers run, and the programs of the
/// benchmark.
package enum InstalledProgram {
    package static let worker = "terrarium-worker"

    /// Finds an installed program in the folder of this program, or in `../libexec/terrarium`, where packages install it.
    ///
    /// - Parameters:
    ///   - name: The name of the program.
    ///   - ownPath: The path of this program.
    /// - Returns: An absolute path without symbolic links.
    /// - Throws: ``ServiceStartError`` that names both paths when the program is at neither.
    package static func path(
        of name: String = Self.worker,
        besideProgramAt ownPath: String? = Self.ownPath
    ) throws(ServiceStartError) -> String {
        let folder = ownPath.map { String($0[..<($0.lastIndex(of: "/") ?? $0.startIndex)]) } ?? ""
        let candidates = ["\(folder)/\(name)", "\(folder)/../libexec/terrarium/\(name)"]
        for candidate in candidates {
            // The path is resolved here, because a path with ".." names a different file after the process has changed its
            // root directory.
            if access(candidate, X_OK) == 0, let path = realpath(candidate, nil) {
                defer { free(path) }
                return String(cString: path)
            }
        }
        throw ServiceStartError(
            exit: .failure,
            message: "cannot find \(name) at \(candidates.joined(separator: " or "))"
        )
    }

    /// The path of this program; nil where /proc is not mounted.
    package static var ownPath: String? {
        var buffer = [CChar](repeating: 0, count: 256)
        while true {
            let count = readlink("/proc/self/exe", &buffer, buffer.count)
            guard count >= 0 else { return nil }
            // readlink(2) truncates silently: a full buffer may hold only a part of the path.
            guard count == buffer.count else {
                return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            }
            buffer = [CChar](repeating: 0, count: 2 * buffer.count)
        }
    }
}
