import CPython

/// The files of the embedded Python. They are found without starting Python, because the sandbox is built around them
/// first.
public struct PythonInstallation: Equatable, Sendable {
    /// The first entries of `sys.path`: the standard library and its extension modules. Absolute paths.
    public var searchPaths: [String]
    /// The absolute paths to bind read-only into the sandbox: the standard library, and the time zone database if there
    /// is one.
    public var readOnlyPaths: [String]

    /// The version of the library this program is linked to, such as `3.11.2`. Needs no interpreter.
    public static var version: String {
        // Safety: Py_GetVersion() returns a NUL-terminated string in static storage.
        let text = unsafe String(cString: Py_GetVersion())
        return String(text.prefix { $0 != " " })
    }

    /// Throws an error if libpython has another minor version than the headers that this program was built with, or if
    /// the policy's guards were not written for that version and tested with it.
    ///
    /// - Throws: ``PythonRuntimeError/unsupportedVersion(_:)``.
    public static func checkVersion() throws(PythonRuntimeError) {
        try Self.checkVersion(
            headers: UInt(CPython_headerVersion()),
            library: UInt(CPython_libraryVersion()),
            isVerified: CPython_isVerified() != 0
        )
    }

    /// Throws an error if the minor versions of headers and library differ, or if that version is not verified. Both
    /// versions have the form of `PY_VERSION_HEX`, with the minor version in bits 16 to 23.
    static func checkVersion(headers: UInt, library: UInt, isVerified: Bool) throws(PythonRuntimeError) {
        let built = "\(headers >> 24).\(headers >> 16 & 0xFF)"
        guard headers >> 16 == library >> 16 else {
            let found = "\(library >> 24).\(library >> 16 & 0xFF)"
            throw .unsupportedVersion(
                "this program was built for Python \(built), and its libpython is Python \(found)"
            )
        }
        guard isVerified else {
            throw .unsupportedVersion(
                "Python \(built) is not supported yet: this is a build for porting, which runs no tasks"
            )
        }
    }

    /// Finds the standard library that belongs to the libpython this program is linked to.
    ///
    /// The path of the library determines the prefix: `PREFIX/lib/…/libpython3.11.so` is next to
    /// `PREFIX/lib/python3.11`. Environment variables are not read.
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
        // For a statically linked interpreter there is no library path, so the usual prefixes are tried.
        candidates += ["/usr/local/lib", "/usr/lib"]
        for folder in candidates {
            for library in ["\(folder)/python\(version)", "\(folder)/lib/python\(version)"]
            // CPython itself recognises its standard library by this file (Modules/getpath.py).
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
