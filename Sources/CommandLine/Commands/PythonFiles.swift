import Glibc

/// Finds the Python files that the arguments of `terrarium check` name.
enum PythonFiles {
    /// The files in the order of the arguments. A folder is replaced by the Python files in it and in the folders below
    /// it, sorted by name.
    ///
    /// - Parameter paths: Files, which may have any name, folders, and `-` for standard input.
    /// - Returns: The paths of the files.
    /// - Throws: ``CommandError`` when a folder cannot be read or has no Python file.
    static func find(_ paths: [String]) throws(CommandError) -> [String] {
        var files: [String] = []
        for path in paths {
            guard path != "-", Self.isFolder(path) else {
                files.append(path)
                continue
            }
            let found = try Self.files(below: path)
            guard !found.isEmpty else { throw .badInput("\(path) has no file whose name ends in .py") }
            files += found
        }
        return files
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The files below a folder. Hidden folders, `__pycache__` and links to folders are left out.
    private static func files(below folder: String) throws(CommandError) -> [String] {
        guard let stream = opendir(folder) else {
            throw .badInput("cannot read \"\(folder)\": \(String(cString: strerror(errno)))")
        }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix("."), name != "__pycache__" { names.append(name) }
        }
        closedir(stream)
        var files: [String] = []
        for name in names.sorted() {
            let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                files += try Self.files(below: path)
            } else if name.hasSuffix(".py") {
                files.append(path)
            }
        }
        return files
    }
}
