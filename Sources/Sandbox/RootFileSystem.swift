internal import Linux

/// The minimal root: a file system in memory that holds read-only binds, and nothing else.
package enum RootFileSystem {
    /// Moves this process into a mount namespace whose root is what the plan says.
    package static func enter(_ plan: RootPlan) throws(ConfinementError) {
        try step(.mountNamespace) { () throws(SystemError) in try Mounts.unshare(.mount) }
        try step(.mountsPrivate) { () throws(SystemError) in try Mounts.makePrivate() }
        let root = try self.mountPoint(avoiding: plan)
        // Its folders and links are all it ever holds.
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
        for link in plan.links {
            // Its folder has no links in it, so nothing is followed out of the new root while it is made.
            try step(.rootEntry, link.path) { () throws(SystemError) in
                try FileSystem.makeFolders(self.parent(of: root + link.path))
                try FileSystem.makeLink(root + link.path, to: link.target)
            }
        }
        // Recursive, so that what is mounted below a bound folder is read-only too. After the links, which need a
        // writable root; before the pivot, after which there is no way back if it fails.
        try step(.readOnly, root) { () throws(SystemError) in try Mounts.makeReadOnly(root) }
        try step(.pivotRoot, root) { () throws(SystemError) in try Mounts.pivotRoot(to: root) }
    }

    /// A folder to mount the new root on that hides nothing the plan still has to bind.
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

/// Where shared libraries are.
enum LibraryFolders {
    /// The folders of the libraries that this process has loaded, and those where the dynamic linker looks by itself.
    static func ofThisProcess() -> [String] {
        let maps = (try? FileSystem.readText("/proc/self/maps", maximum: 8 << 20)) ?? ""
        return self.loaded(in: maps) + self.standard
    }

    /// The folders of the shared libraries in a text as /proc/PID/maps has it.
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
