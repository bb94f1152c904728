import Glibc
import PythonRuntime

/// The folders of library code. Tells whether a code object comes from one of them.
///
/// The test reads the code object's `co_filename`. The audit hook refuses to compile text at run time under the file
/// name of a library.
struct LibraryPaths {
    /// The library that a code object comes from.
    enum Origin: Equatable {
        /// The standard library. The value is the path below its folder, such as `email/message.py`.
        case standard(String)
        /// A package that is not part of the standard library.
        case external
    }

    /// The folders of the standard library; each ends with a slash.
    let standardRoots: [String]
    private let externalRoots: [String]

    /// - Parameters:
    ///   - standardLibrary: The folders of the standard library, as on `sys.path`.
    ///   - sitePackages: The folders of other packages.
    init(standardLibrary: [String], sitePackages: [String]) {
        self.standardRoots = standardLibrary.map { $0.hasSuffix("/") ? $0 : $0 + "/" }
        self.externalRoots = sitePackages.map { $0.hasSuffix("/") ? $0 : $0 + "/" }
    }

    /// The library that a file belongs to. Nil for a file outside the library folders, and for text compiled at run
    /// time.
    func origin(ofFile path: String) -> Origin? {
        if path.hasPrefix("<frozen "), path.hasSuffix(">") {
            let name = path.dropFirst("<frozen ".count).dropLast()
            return .standard(name.split(separator: ".").joined(separator: "/") + ".py")
        }
        if self.externalRoots.contains(where: { path.hasPrefix($0) }) { return .external }
        for root in self.standardRoots where path.hasPrefix(root) {
            return .standard(String(path.dropFirst(root.count)))
        }
        return nil
    }

    /// The library that a code object comes from.
    func origin(of code: CodeObject) -> Origin? {
        guard code.fileName.isExactString, let path = try? PythonText.string(code.fileName) else { return nil }
        return self.origin(ofFile: path)
    }

    /// The path with each `..` resolved, as in the paths by which packages find their data. Nil if such a path is
    /// relative or does not exist, or if symbolic links make the result another file.
    static func withoutParents(_ path: String) -> String? {
        guard path.hasPrefix("/"), path.contains("..") else { return path.contains("..") ? nil : path }
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        let plain = "/" + parts.joined(separator: "/")
        guard let target = Self.target(of: path), target == Self.target(of: plain) else { return nil }
        return plain
    }

    private static func target(of path: String) -> String? {
        guard let target = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(target) }
        return unsafe String(cString: target)
    }

    /// Whether a path lies in a library folder, or is one.
    func contain(_ path: String) -> Bool {
        (self.standardRoots + self.externalRoots).contains { path.hasPrefix($0) || path + "/" == $0 }
    }
}
