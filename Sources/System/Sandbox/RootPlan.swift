internal import Linux

/// The contents of the new root, as data. The plan is made by resolving the symbolic links in the host's paths.
package struct RootPlan: Equatable {
    package struct Link: Hashable {
        /// The link's own path, whose folders are not links.
        var path: String
        /// The link's target, unchanged.
        var target: String
    }

    package struct Bind: Hashable {
        /// The path without links, which is the same on the host and in the new root.
        var path: String
        var isFolder: Bool
    }

    /// The bind mounts in the order to make them: outer folders before inner ones, without duplicates.
    package private(set) var binds: [Bind] = []
    /// The symbolic links on the way to readable paths, except those inside a bind.
    package private(set) var links: [Link] = []

    /// The path at which workers find their temporary folder; nil if none is wanted, or the root has no place for it.
    package private(set) var temporaryFolder: String?

    /// The mount point of temporary folders. Each worker has another file system mounted on it. A landlock rule for the
    /// mount point would not apply to that file system, so the rule is for the folder above.
    package static let temporaryFolderMount = temporaryFolderParent + "/tmp"
    /// The folder to which landlock's rule for temporary folders applies. It contains only the mount point.
    package static let temporaryFolderParent = "/private"

    /// Makes a plan for `paths` of this machine; missing paths are left out.
    package init(paths: [String], hasTemporaryFolder: Bool = false) {
        self.init(paths: paths, hasTemporaryFolder: hasTemporaryFolder, host: RealHostFiles())
    }

    /// Makes a plan for `paths` of `host`; missing paths are left out.
    init(paths: [String], hasTemporaryFolder: Bool = false, host: any HostFiles) {
        var links: Set<Link> = []
        var binds: Set<Bind> = []
        for path in paths {
            guard let resolved = Self.resolve(path, host: host) else { continue }
            links.formUnion(resolved.links)
            binds.insert(Bind(path: resolved.path, isFolder: host.kind(of: resolved.path) == .folder))
        }
        // A path below a bound folder is already part of that bind.
        let sorted = binds.sorted { $0.path < $1.path }
        for bind in sorted where !self.binds.contains(where: { $0.isFolder && Self.contains($0.path, bind.path) }) {
            self.binds.append(bind)
        }
        self.links = links.filter { link in !self.binds.contains { Self.contains($0.path, link.path) } }
            .sorted { $0.path < $1.path }
        if hasTemporaryFolder { self.addTemporaryFolder() }
    }

    /// Adds the mount point, and a link from /tmp to it unless a readable path is at or below /tmp. Adds nothing if a
    /// readable path is at or below ``temporaryFolderParent``.
    private mutating func addTemporaryFolder() {
        let paths = self.binds.map(\.path) + self.links.map(\.path)
        guard !paths.contains(where: { Self.contains(Self.temporaryFolderParent, $0) }) else { return }
        self.temporaryFolder = Self.temporaryFolderMount
        guard !paths.contains(where: { Self.contains("/tmp", $0) }) else { return }
        self.links.append(Link(path: "/tmp", target: String(Self.temporaryFolderMount.dropFirst())))
        self.temporaryFolder = "/tmp"
    }

    private static func contains(_ folder: String, _ path: String) -> Bool {
        path == folder || path.hasPrefix(folder == "/" ? "/" : folder + "/")
    }

    private static func resolve(_ path: String, host: any HostFiles) -> (path: String, links: Set<Link>)? {
        guard path.hasPrefix("/") else { return nil }
        var links: Set<Link> = []
        var done: [Substring] = []
        var rest = path.split(separator: "/").map { $0 }[...]
        // The number of followed links, up to the kernel's limit of 40 (path_resolution(7)).
        var followed = 0
        while let component = rest.popFirst() {
            if component == "." { continue }
            if component == ".." {
                _ = done.popLast()
                continue
            }
            let here = "/" + (done + [component]).joined(separator: "/")
            switch host.kind(of: here) {
            case .missing:
                return nil
            case .file, .folder:
                done.append(component)
            case .link(let target):
                followed += 1
                guard followed <= 40 else { return nil }
                links.insert(Link(path: here, target: target))
                if target.hasPrefix("/") { done = [] }
                rest = (target.split(separator: "/") + rest)[...]
            }
        }
        // The root is not bound, because the sandbox would contain the whole file system.
        guard !done.isEmpty else { return nil }
        return ("/" + done.joined(separator: "/"), links)
    }
}

/// The kind of file at a path of the host, without following a link at its end.
enum FileKind: Equatable {
    case missing
    case file
    case folder
    case link(String)
}

/// The host's files as a plan reads them; tests replace them.
protocol HostFiles {
    func kind(of path: String) -> FileKind
}

struct RealHostFiles: HostFiles {
    func kind(of path: String) -> FileKind {
        switch FileSystem.kind(of: path) {
        case .missing: .missing
        case .file: .file
        case .folder: .folder
        case .link(let target): .link(target)
        }
    }
}
