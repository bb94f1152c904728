/// The policy of workers with a temporary folder. It allows the calls that change files. Two other layers restrict these
/// calls to the temporary folder: all other mounts are read-only, and landlock allows writing only there.
extension SystemCallPolicy {
    /// The rows for workers with a temporary folder. They replace the rules in ``rules`` for the same calls.
    static let temporaryFolder: [SystemCallRow] = [
        .allow("openat", because: "opens files of the temporary folder for writing; all else is mounted read-only"),
        .allow("pwrite64", "pwritev", because: "writes files of the temporary folder, the only ones open for writing"),
        .allow(
            calls: SystemCallPolicy.folderChanges + ["truncate", "ftruncate", "fallocate", "fsync", "fdatasync"],
            because: "changes the temporary folder, which is in memory and bounded; all else is mounted read-only"
        ),
        .allow(
            "chmod",
            "fchmod",
            "fchmodat",
            "utime",
            "utimes",
            "utimensat",
            "futimesat",
            because: "copies of files keep mode and times; without a temporary folder a worker owns no file"
        ),
    ]

    /// The rows for calls that a fork server may make if its workers have a temporary folder. The workers may not make them.
    static let temporaryFolderServer: [SystemCallRow] = [
        .allow(
            "setns",
            argument: 1,
            isOneOf: [0x1000_0000, 0x2_0000],
            because: "CLONE_NEWUSER, CLONE_NEWNS: a worker enters the mount namespace of its folder"
        ),
        .allow("capset", because: "a worker drops the capabilities that it got with the user namespace"),
        .allow(
            "prctl",
            inCases: [[.less(0, 17)], [.equal(0, 23)], [.equal(0, 24)], [.equal(0, 28)], [.equal(0, 47)]],
            because: "a worker sets its parent death signal, and empties its bounding set (23, 24, 28, 47)"
        ),
    ]

    /// All rules of a worker, with or without a temporary folder.
    static func rules(withTemporaryFolder: Bool) -> [SystemCallRule] {
        withTemporaryFolder ? self.replacing(self.temporaryFolder, in: self.rules) : self.rules
    }

    /// The rows of ``server`` for a fork server whose workers have a temporary folder.
    static let serverWithTemporaryFolder: [SystemCallRow] = {
        let replaced = Set(temporaryFolderServer.flatMap(\.names))
        return server.filter { replaced.isDisjoint(with: $0.names) } + temporaryFolderServer
    }()

    /// The rules of the process that makes temporary folders (`temporary_folders.c`). The process has capabilities in its
    /// own user namespace, reads nothing from workers, and runs no Python.
    static let folderMaker: [SystemCallRule] = {
        let rows: [SystemCallRow] = [
            .allow(
                "unshare",
                inCases: [[.equal(0, 0x2_0000)]],
                because: "CLONE_NEWNS: the namespace of the next folder"
            ),
            .allow("setns", inCases: [[.equal(1, 0x2_0000)]], because: "CLONE_NEWNS: back to its first namespace"),
            .allow("mount", because: "mounts the folder; its arguments are in memory, where no filter can see them"),
            .allow(
                "openat",
                inCases: [[.masked(2, mask: 0x3, value: 0)]],
                because: "opens /proc/self/ns/mnt to send it"
            ),
            .allow("sendmsg", "close", because: "sends the namespace to a worker"),
            .allow("exit_group", "rt_sigreturn", because: "ends"),
        ]
        return rows.flatMap(\.rules)
    }()

    /// `rules`, in which `rows` replace all rules for the calls that they name.
    static func replacing(_ rows: [SystemCallRow], in rules: [SystemCallRule]) -> [SystemCallRule] {
        let replaced = Set(rows.flatMap(\.names))
        return rules.filter { !replaced.contains($0.name) } + rows.flatMap(\.rules)
    }
}
