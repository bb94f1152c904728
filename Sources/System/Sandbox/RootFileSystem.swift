internal import Linux

/// The minimal root file system: a tmpfs that contains only read-only bind mounts.
package enum RootFileSystem {
    /// Moves this process into a mount namespace with the planned root.
    package static func enter(_ plan: RootPlan) throws(ConfinementError) {
        try step(.mountNamespace) { () throws(SystemError) in try Mounts.unshare(.mount) }
        try step(.mountsPrivate) { () throws(SystemError) in try Mounts.makePrivate() }
        let root = try self.mountPoint(avoiding: plan)
        // The size suffices, because the tmpfs itself contains only folders, links and empty files.
        try step(.newRoot, root) { () throws(SystemError) in try Mounts.mountMemory(at: root, bytes: 1 << 20) }
        CurrentProcess.setFileModeMask(0o022)
        for bind in plan.binds {
            let target = root + bind.path
            try step(.rootEntry, bind.path) { () throws(SystemError) in
                try FileSystem.makeFolders(bind.isFolder ? target : self.parent(of: target))
                if !bind.isFolder { try FileSystem.makeEmptyFile(target) }
            }
            try step(.bind, bind.path) { () throws(SystemError) in try Mounts.bind(bind.path, on: target) }
        }
        if plan.temporaryFolder != nil {
            let point = root + RootPlan.temporaryFolderMount
            try step(.rootEntry, point) { () throws(SystemError) in try FileSystem.makeFolders(point) }
        }
        for link in plan.links {
            // The path of the link's folder contains no links, so making the link cannot follow one out of the new root.
            try step(.rootEntry, link.path) { () throws(SystemError) in
                try FileSystem.makeFolders(self.parent(of: root + link.path))
                try FileSystem.makeLink(root + link.path, to: link.target)
            }
        }
        // The change is recursive, so that mounts below a bound folder become read-only too. It comes after the links,
        // which need a writable root, and before pivot_root, which cannot be undone if this step fails.
        try step(.readOnly, root) { () throws(SystemError) in try Mounts.makeReadOnly(root) }
        try step(.pivotRoot, root) { () throws(SystemError) in try Mounts.pivotRoot(to: root) }
    }

    /// A folder to mount the new root on. It must not hide a path that the plan binds.
    private static func mountPoint(avoiding plan: RootPlan) throws(ConfinementError) -> String {
        for candidate in ["/sys", "/mnt", "/media", "/srv", "/run", "/tmp"] {
            guard case .folder = FileSystem.kind(of: candidate) else { continue }
            if !plan.binds.contains(where: { $0.path == candidate || $0.path.hasPrefix(candidate + "/") }) {
                return candidate
            }
        }
        throw .failed(.newRoot, subject: "no folder to mount it on", SystemError("mount", ErrorNumber.noSuchFile))
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "/" }
        return String(path[..<slash])
    }
}

/// The folders of shared libraries.
enum LibraryFolders {
    /// The folders of the libraries that this process has loaded, and the dynamic linker's default folders.
    static func ofThisProcess() -> [String] {
        let maps = (try? FileSystem.readText("/proc/self/maps", maximum: 8 << 20)) ?? ""
        return self.loaded(in: maps) + self.standard
    }

    /// The folders of the shared libraries in a text in the format of /proc/PID/maps.
    static func loaded(in maps: String) -> [String] {
        var folders: Set<String> = []
        for line in maps.split(separator: "\n") {
            guard let slash = line.firstIndex(of: "/"), let last = line.lastIndex(of: "/") else { continue }
            let name = line[last...]
            guard name.hasSuffix(".so") || name.contains(".so.") else { continue }
            folders.insert(String(line[slash..<last]))
        }
        return folders.sorted()
    }

    private static let standard: [String] = {
        #if arch(x86_64)
        ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64"]
        #else
        ["/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib64", "/usr/lib64"]
        #endif
    }()
}
