import Testing

@testable import Sandbox

/// A host that is not there.
private struct FakeHost: HostFiles {
    var files: [String: FileKind]

    func kind(of path: String) -> FileKind {
        if let kind = self.files[path] { return kind }
        return self.files.keys.contains { $0.hasPrefix(path + "/") } ? .folder : .missing
    }
}

@Suite struct RootPlanTests {
    @Test func foldersAreBoundWhereTheyAreAndLinksToThemAreMadeAgain() {
        let host = FakeHost(files: ["/lib": .link("usr/lib"), "/usr/lib/linux/libc.so": .file])
        let plan = RootPlan(paths: ["/lib/linux"], host: host)
        #expect(plan.binds == [.init(path: "/usr/lib/linux", isFolder: true)])
        #expect(plan.links == [.init(path: "/lib", target: "usr/lib")])
    }

    @Test func whatLiesInAnotherBindIsNotBoundAgain() {
        let host = FakeHost(files: ["/py/lib/a.so": .file, "/py/x.py": .file, "/pyx/y.py": .file])
        let plan = RootPlan(paths: ["/py/lib", "/py", "/pyx", "/py/lib/a.so"], host: host)
        #expect(plan.binds.map(\.path) == ["/py", "/pyx"])
    }

    @Test func filesMayBeBoundByThemselves() {
        let plan = RootPlan(paths: ["/a/b.zip"], host: FakeHost(files: ["/a/b.zip": .file]))
        #expect(plan.binds == [.init(path: "/a/b.zip", isFolder: false)])
    }

    @Test func theTemporaryFolderIsAtTmpUnlessSomethingReadableIs() {
        let host = FakeHost(files: ["/py/x.py": .file, "/tmp/py/x.py": .file, "/private/x.py": .file])
        let plain = RootPlan(paths: ["/py"], hasTemporaryFolder: true, host: host)
        #expect(plain.temporaryFolder == "/tmp")
        #expect(plain.links == [.init(path: "/tmp", target: "private/tmp")])
        let below = RootPlan(paths: ["/tmp/py"], hasTemporaryFolder: true, host: host)
        #expect(below.temporaryFolder == "/private/tmp")
        #expect(below.links.isEmpty)
        #expect(RootPlan(paths: ["/private"], hasTemporaryFolder: true, host: host).temporaryFolder == nil)
        #expect(RootPlan(paths: ["/py"], host: host).temporaryFolder == nil)
    }

    @Test func chainsOfLinksAreFollowedAndEachIsKept() {
        let host = FakeHost(files: [
            "/venv/lib": .link("/opt/py/lib"), "/opt/py": .link("py-3.11"), "/opt/py-3.11/lib/site": .folder,
        ])
        let plan = RootPlan(paths: ["/venv/lib/site"], host: host)
        #expect(plan.binds.map(\.path) == ["/opt/py-3.11/lib/site"])
        #expect(plan.links.map(\.path) == ["/opt/py", "/venv/lib"])
    }

    @Test func circlesMissingPathsTheRootAndRelativePathsAreLeftOut() {
        let host = FakeHost(files: ["/a": .link("/b"), "/b": .link("/a"), "/c/d": .file])
        for path in ["/a", "/a/x", "/nowhere", "/", "/..", "c/d", ""] {
            #expect(RootPlan(paths: [path], host: host) == RootPlan(paths: [], host: host), "\(path)")
        }
    }

    @Test func dotsDoNotClimbOutOfTheRoot() {
        let host = FakeHost(files: ["/etc/x": .file])
        #expect(RootPlan(paths: ["/../../etc/./x"], host: host).binds.map(\.path) == ["/etc/x"])
    }

    @Test func libraryFoldersAreThoseOfTheLoadedLibraries() {
        let maps = """
            7f00-7f01 r-xp 00000000 fe:00 12 /usr/lib/x86_64-linux-gnu/libc.so.6
            7f02-7f03 r--p 00000000 fe:00 13 /opt/swift/lib/libswiftCore.so
            7f04-7f05 rw-p 00000000 00:00 0 [heap]
            7f06-7f07 r--p 00000000 fe:00 14 /opt/program/terrarium-worker
            """
        #expect(LibraryFolders.loaded(in: maps) == ["/opt/swift/lib", "/usr/lib/x86_64-linux-gnu"])
    }
}
