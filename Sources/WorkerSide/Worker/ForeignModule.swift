import Glibc

/// A compiled module of a package that another version of Python has installed, as the name of its file says:
/// `_json.cpython-311-x86_64-linux-gnu.so`. Python ignores such a file, and the import fails with a message that does not name
/// it.
struct ForeignModule: Equatable {
    let path: String
    /// The version that the file is for, such as `3.11`.
    let version: String

    private static let mark = ".cpython-"
    private static let deepest = 6

    /// Looks for one in the folders of packages.
    ///
    /// - Parameters:
    ///   - package: The name of the package; that of a submodule counts as its package's.
    ///   - folders: Where packages are installed.
    ///   - version: The version of the interpreter, such as `3.13.5`.
    /// - Returns: The first in the order of names; nil when no module is foreign, or one is for this version.
    static func first(of package: String, in folders: [String], version: String) -> ForeignModule? {
        let own = version.split(separator: ".").prefix(2).joined(separator: ".")
        let name = String(package.prefix { $0 != "." })
        let found = folders.flatMap { self.modules(below: "\($0)/\(name)", depth: 0) }
        return found.contains { $0.version == own } ? nil : found.min { $0.path < $1.path }
    }

    private static func modules(below folder: String, depth: Int) -> [ForeignModule] {
        guard depth < Self.deepest, let stream = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(stream) }
        var found: [ForeignModule] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { field in
                unsafe field.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            let isFolder = unsafe entry.pointee.d_type == UInt8(DT_DIR)
            if isFolder, !name.hasPrefix(".") {
                found += self.modules(below: "\(folder)/\(name)", depth: depth + 1)
            } else if let version = self.version(ofFile: name) {
                found.append(ForeignModule(path: "\(folder)/\(name)", version: version))
            }
        }
        return found
    }

    /// The version in the name of a compiled module; nil for any other file, and for one that several versions can load.
    static func version(ofFile name: String) -> String? {
        guard name.hasSuffix(".so"), let dot = name.firstIndex(of: "."), name[dot...].hasPrefix(Self.mark) else {
            return nil
        }
        let tag = name[dot...].dropFirst(Self.mark.count).prefix { $0 != "-" && $0 != "." }
        guard tag.count > 1, tag.hasPrefix("3") else { return nil }
        return "3.\(tag.dropFirst())"
    }
}
