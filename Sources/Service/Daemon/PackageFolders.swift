import Glibc
import Linux
import Settings

/// Finds out which packages are installed in the folders of `TERRARIUM_SITE_PACKAGES`, and which allowed packages a
/// task could not import from them. Reads only the names and modes of files.
package struct PackageFolders {
    /// An installed package.
    package struct Package: Equatable {
        package var name: String
        package var version: String
        package var folder: String
        /// The versions of Python for which its modules are compiled, such as `3.11`; empty when it has no compiled
        /// modules.
        package var pythons: [String]
    }

    package var folders: [String]

    package init(folders: [String]) {
        self.folders = folders
    }

    /// The installed packages, sorted by name. Name and version are taken from the name of the `.dist-info` folder.
    package func packages() -> [Package] {
        var packages: [Package] = []
        for folder in self.folders {
            let names = Self.names(in: folder) ?? []
            for name in names where name.hasSuffix(".dist-info") {
                let parts = name.dropLast(".dist-info".count).split(separator: "-", maxSplits: 1).map(String.init)
                guard parts.count == 2 else { continue }
                let modules = Self.modules(of: parts[0], among: names)
                packages.append(
                    Package(
                        name: parts[0],
                        version: parts[1],
                        folder: folder,
                        pythons: Self.pythons(modules.map { "\(folder)/\($0)" })
                    )
                )
            }
        }
        return packages.sorted { ($0.name, $0.folder) < ($1.name, $1.folder) }
    }

    /// The modules that were asked for in an installation by pip, which marks their packages, without private ones: what tasks are
    /// likely to import. Those of all packages where none is marked.
    package func requestedModules() -> [String] {
        var requested: Set<String> = []
        var all: Set<String> = []
        for folder in self.folders {
            let names = Self.names(in: folder) ?? []
            for name in names where name.hasSuffix(".dist-info") {
                let modules = Self.recorded("\(folder)/\(name)/RECORD")
                all.formUnion(modules)
                if access("\(folder)/\(name)/REQUESTED", F_OK) == 0 { requested.formUnion(modules) }
            }
        }
        return (requested.isEmpty ? all : requested).sorted()
    }

    /// The packages of `TERRARIUM_EXTERNAL_ALLOW` that a task could not import, and the folders that cannot be read:
    /// one line with a remedy for each; empty when all can be imported and read.
    package func faults(allowed: [String]) -> [String] {
        var faults: [String] = []
        var found: Set<String> = []
        for folder in self.folders {
            guard let names = Self.names(in: folder) else {
                faults.append(Self.unreadable(folder, errno))
                continue
            }
            for entry in allowed where entry != "*" {
                let top = String(entry.prefix { $0 != "." })
                for name in names where name == top || name.hasPrefix("\(top).") {
                    found.insert(entry)
                    guard access("\(folder)/\(name)", Self.isFolder("\(folder)/\(name)") ? R_OK | X_OK : R_OK) != 0
                    else {
                        continue
                    }
                    faults.append("the package \(top) in \(folder) may not be read; run chmod -R a+rX \(folder)")
                }
            }
        }
        for entry in allowed where entry != "*" && !found.contains(entry) {
            faults.append(
                "TERRARIUM_EXTERNAL_ALLOW names \(entry), which no folder of TERRARIUM_SITE_PACKAGES has; install it there"
            )
        }
        return faults
    }

    private static func unreadable(_ folder: String, _ error: CInt) -> String {
        let remedy =
            switch error {
            case ENOENT, ENOTDIR: "make the folder, or do not name it"
            case EACCES: "let every user read it and enter the folders above it: chmod a+rX"
            default: "mend the folder, or do not name it"
            }
        return "TERRARIUM_SITE_PACKAGES: cannot read \"\(folder)\": \(String(cString: strerror(error))); \(remedy)"
    }

    /// Whether every user may read and enter the folder. The service needs that, because it runs as a user of its own.
    package static func isReadableByAll(_ folder: String) -> Bool {
        var status = stat()
        guard stat(folder, &status) == 0 else { return false }
        return status.st_mode & 0o005 == 0o005
    }

    // MARK: Reading

    /// The most bytes of a list of files that are read. The longest have a few thousand lines.
    private static let longestRecord = 4 << 20

    /// The public modules among the files that a package lists (PEP 376): `path,hash,size`, one a line.
    private static func recorded(_ path: String) -> Set<String> {
        guard let record = try? FileSystem.read(path, maximum: Self.longestRecord) else { return [] }
        var modules: Set<String> = []
        for line in record.bytes.split(separator: UInt8(ascii: "\n")) {
            let file = String(decoding: line.prefix { $0 != UInt8(ascii: ",") }, as: UTF8.self)
            let parts = file.split(separator: "/", omittingEmptySubsequences: false)
            let isFile = parts.count == 1
            guard let first = parts.first, !isFile || first.hasSuffix(".py") || first.hasSuffix(".so") else { continue }
            let name = isFile ? String(first.prefix { $0 != "." }) : String(first)
            let isModule = name.unicodeScalars.allSatisfy { $0 == "_" || $0.properties.isXIDContinue }
            if isModule, !name.isEmpty, !name.hasPrefix("_"), name != "bin" { modules.insert(name) }
        }
        return modules
    }

    /// The names that belong to a distribution: those that are equal to its own name, apart from the case, an
    /// extension, and `-` or `.` in place of `_`.
    private static func modules(of distribution: String, among names: [String]) -> [String] {
        let wanted = Self.normalized(distribution)
        return names.filter {
            !$0.hasSuffix(".dist-info") && Self.normalized(String($0.prefix { $0 != "." })) == wanted
        }
    }

    private static func normalized(_ name: String) -> String {
        name.lowercased().replacing("-", with: "_").replacing(".", with: "_")
    }

    /// The versions of Python in the names of compiled modules (`x.cpython-311-x86_64-linux-gnu.so`), at the given
    /// paths and up to two levels below.
    private static func pythons(_ paths: [String]) -> [String] {
        var versions: Set<String> = []
        func note(_ name: String) {
            guard name.hasSuffix(".so"), let range = name.firstRange(of: ".cpython-3") else { return }
            versions.insert("3.\(name[range.upperBound...].prefix { $0.isNumber })")
        }
        for path in paths {
            note(path)
            for name in Self.names(in: path) ?? [] {
                note(name)
                for below in Self.names(in: "\(path)/\(name)") ?? [] { note(below) }
            }
        }
        return versions.sorted()
    }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The names in a folder without the hidden ones, sorted; nil with errno set when it cannot be read.
    static func names(in folder: String) -> [String]? {
        guard let stream = opendir(folder) else { return nil }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}

extension ServiceSettings {
    /// Looks for what tasks could not import of what these settings allow.
    ///
    /// - Parameter version: The version of the workers' interpreter; nil where it is not known yet.
    /// - Returns: A sentence for each.
    package func packageFaults(version: String? = nil) -> [String] {
        let folders = PackageFolders(folders: self.sitePackages)
        return folders.faults(allowed: self.externalAllow) + (version.map { folders.foreignFaults(version: $0) } ?? [])
    }
}
