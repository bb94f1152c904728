internal import Linux

/// What the new root holds: pure data, made by walking the host's paths through their symbolic links.
package struct RootPlan: Equatable {
    package struct Link: Hashable {
        /// Where the link is, by a path without links.
        var path: String
        /// What it says, verbatim.
        var target: String
    }

    package struct Bind: Hashable {
        /// The same path on the host and in the new root, without links.
        var path: String
        var isFolder: Bool
    }

    /// In the order in which they are to be made: outer before inner, nothing twice.
    package private(set) var binds: [Bind] = []
    /// The links by which the readable paths are reached, outside what is bound.
    package private(set) var links: [Link] = []

    /// Plans for `paths` of this machine; those that do not exist are left out.
    package init(paths: [String]) {
        self.init(paths: paths, host: RealHostFiles())
    }

    /// Plans for `paths`; those that do not exist are left out.
    init(paths: [String], host: any HostFiles) {
        var links: Set<Link> = []
        var binds: Set<Bind> = []
        for path in paths {
            guard let resolved = Self.resolve(path, host: host) else { continue }
            links.formUnion(resolved.links)
            binds.insert(Bind(path: resolved.path, isFolder: host.kind(of: resolved.path) == .folder))
        }
        // What lies below another bind comes along with it.
        let sorted = binds.sorted { $0.path < $1.path }
        for bind in sorted where !self.binds.contains(where: { $0.isFolder && Self.contains($0.path, bind.path) }) {
            self.binds.append(bind)
        }
        self.links = links.filter { link in !self.binds.contains { Self.contains($0.path, link.path) } }
            .sorted { $0.path < $1.path }
    }

    private static func contains(_ folder: String, _ path: String) -> Bool {
        path == folder || path.hasPrefix(folder == "/" ? "/" : folder + "/")
    }

    private static func resolve(_ path: String, host: any HostFiles) -> (path: String, links: Set<Link>)? {
        guard path.hasPrefix("/") else { return nil }
        var links: Set<Link> = []
        var done: [Substring] = []
        var rest = path.split(separator: "/").map { $0 }[...]
        // As many links as the kernel follows (path_resolution(7)).
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
        // The root itself is no path to hand out.
        guard !done.isEmpty else { return nil }
        return ("/" + done.joined(separator: "/"), links)
    }
}

/// What is at a path of the host, without following a link at its end.
enum FileKind: Equatable {
    case missing
    case file
    case folder
    case link(String)
}

/// The host's files as the plan sees them.
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
