import Glibc

/// Compiled modules that the interpreter of the workers ignores, because another version of Python or another machine has
/// installed them, as the names of their files say: `_json.cpython-311-x86_64-linux-gnu.so`. The import fails with a message that
/// does not name them.
extension PackageFolders {
    /// A compiled module that belongs to one version of Python.
    struct CompiledModule: Equatable {
        var path: String
        /// The version that the file is for, such as `3.11`.
        var version: String
        /// The processor that it is for, such as `x86_64`; nil when the name does not have it.
        var machine: String?

        private static let mark = ".cpython-"

        /// Reads the name of a file; nil for one that is no compiled module, or one that several versions can load.
        init?(path: String) {
            let name = path.split(separator: "/").last ?? ""
            guard name.hasSuffix(".so"), let dot = name.firstIndex(of: "."), name[dot...].hasPrefix(Self.mark) else {
                return nil
            }
            let tag = name[dot...].dropFirst(Self.mark.count).prefix { $0 != "." }.split(separator: "-")
            guard let version = tag.first, version.count > 1, version.hasPrefix("3") else { return nil }
            self.path = path
            self.version = "3.\(version.dropFirst())"
            self.machine = tag.dropFirst().first.map(String.init)
        }

        func isFor(version: String) -> Bool {
            self.version == version && (self.machine ?? Self.ownMachine) == Self.ownMachine
        }

        static var ownMachine: String {
            #if arch(x86_64)
            "x86_64"
            #elseif arch(arm64)
            "aarch64"
            #else
            ""
            #endif
        }
    }

    private static let deepest = 6
    /// The most folders that are read; a package that lies behind them is not examined.
    private static let mostFolders = 20_000
    /// The most packages that are named one by one.
    private static let mostNamed = 10

    /// Looks for packages whose compiled modules are all for another Python or machine.
    ///
    /// - Parameter version: The version of the interpreter, such as `3.13.5`.
    /// - Returns: A sentence for each, with its first such file and what to do.
    package func foreignFaults(version: String) -> [String] {
        let own = version.split(separator: ".").prefix(2).joined(separator: ".")
        var foldersLeft = Self.mostFolders
        var faults: [String] = []
        for folder in self.folders {
            for (name, modules) in Self.topLevel(of: folder) {
                guard let module = Self.foreign(modules, to: own, &foldersLeft) else { continue }
                let machine = module.machine.map { " on \($0)" } ?? ""
                faults.append(
                    "the package \(name) in \(folder) is for Python \(module.version)\(machine) (\(module.path)), and workers"
                        + " have Python \(version) on \(CompiledModule.ownMachine): install it again, with terrarium packages"
                        + " install"
                )
            }
        }
        guard faults.count > Self.mostNamed else { return faults }
        return faults.prefix(Self.mostNamed - 1) + [
            "\(faults.count - Self.mostNamed + 1) more packages are for another Python or machine"
        ]
    }

    /// What tasks can import from a folder, by name, with the files and folders that it consists of.
    private static func topLevel(of folder: String) -> [(name: String, paths: [String])] {
        let names = Self.names(in: folder) ?? []
        let modules = names.filter { !$0.hasSuffix(".dist-info") && $0 != "__pycache__" && $0 != "bin" }
        return Dictionary(grouping: modules) { String($0.prefix { $0 != "." }) }
            .map { ($0.key, $0.value.map { "\(folder)/\($0)" }.sorted()) }
            .sorted { $0.name < $1.name }
    }

    /// The first compiled module in the order of names; nil when none is for another version, or one is for this one. Folders are
    /// read level by level, and no further when a module for this version is found.
    private static func foreign(_ paths: [String], to version: String, _ foldersLeft: inout Int) -> CompiledModule? {
        var first: CompiledModule?
        var level = paths
        for _ in 0..<Self.deepest {
            var below: [String] = []
            for path in level {
                if let module = CompiledModule(path: path) {
                    guard !module.isFor(version: version) else { return nil }
                    if module.path < first?.path ?? "\u{10FFFF}" { first = module }
                } else if foldersLeft > 0, !path.hasSuffix(".py"), !path.hasSuffix(".so"), Self.isFolder(path) {
                    foldersLeft -= 1
                    below += (Self.names(in: path) ?? []).map { "\(path)/\($0)" }
                }
            }
            guard !below.isEmpty else { break }
            level = below
        }
        return first
    }
}
