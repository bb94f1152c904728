import CPython

/// Where the files of the embedded Python are, found without starting it, so that a sandbox can be built around them
/// first.
public struct PythonInstallation: Equatable, Sendable {
    /// What `sys.path` begins with: the standard library and its extension modules. Absolute.
    public var searchPaths: [String]
    /// The folders and files that the standard library reads, absolute, to be bound read-only: the standard library
    /// itself, and the time zone database if there is one.
    public var readOnlyPaths: [String]

    /// The version of the library this program is linked to, such as `3.11.2`. Needs no interpreter.
    public static var version: String {
        // Safety: a NUL-terminated string in static storage.
        let text = unsafe String(cString: Py_GetVersion())
        return String(text.prefix { $0 != " " })
    }

    /// Finds the standard library that belongs to the libpython this program is linked to.
    ///
    /// The library itself shows where its prefix is: `PREFIX/lib/…/libpython3.11.so` next to `PREFIX/lib/python3.11`.
    /// Environment variables play no part.
    ///
    /// - Throws: ``PythonRuntimeError/standardLibraryNotFound(_:)``.
    public static func locate() throws(PythonRuntimeError) -> PythonInstallation {
        let version = Self.version.split(separator: ".").prefix(2).joined(separator: ".")
        var candidates: [String] = []
        if let path = unsafe CPython_libraryPath() {
            var folders = unsafe String(cString: path).split(separator: "/").dropLast()
            while !folders.isEmpty {
                candidates.append("/" + folders.joined(separator: "/"))
                folders = folders.dropLast()
            }
        }
        // A statically linked interpreter is its own library: the usual prefixes, then.
        candidates += ["/usr/local/lib", "/usr/lib"]
        for folder in candidates {
            for library in ["\(folder)/python\(version)", "\(folder)/lib/python\(version)"]
            // The landmark that CPython itself looks for (Modules/getpath.py).
            where Self.isReadable("\(library)/os.py") {
                return PythonInstallation(
                    searchPaths: [library, "\(library)/lib-dynload"],
                    readOnlyPaths: [library] + ["/usr/share/zoneinfo"].filter(Self.isReadable)
                )
            }
        }
        throw .standardLibraryNotFound(candidates.first.map { "\($0)/python\(version)" } ?? "/usr/lib")
    }

    private static func isReadable(_ path: String) -> Bool {
        unsafe path.withCString { unsafe CPython_isReadable($0) } != 0
    }
}
