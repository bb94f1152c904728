/// The policy as two filters, both of which apply to a worker.
///
/// The cost of installing a filter grows with its length and with the number of calls it decides on. So the fork server
/// installs the long filter once, on itself. It permits the calls of workers, and the few calls with which the fork
/// server forks and confines them. Workers inherit it at no cost, and add a short filter that refuses those few calls.
/// The kernel applies the stricter result of the two. Together they have the effect of ``rules``; a test compares them.
extension SystemCallPolicy {
    /// The rows for calls that the fork server may make and workers may not. They replace the workers' rules for the
    /// same calls.
    static let server: [SystemCallRow] = [
        .allow(
            "clone",
            inCases: [
                [.masked(0, mask: ~threadExtras, value: threadFlags)],
                // CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID and SIGCHLD: exactly the flags of the C library's fork.
                [.equal(0, 0x120_0011)],
            ],
            because: "forks workers"
        ),
        .allow("wait4", because: "reaps workers"),
        .allow("pidfd_open", because: "hands the broker a pidfd of each worker"),
        .allow("sendmsg", "recvmsg", because: "the control socket, with descriptors"),
        .allow("signalfd4", because: "is notified of ended workers"),
        .allow("kill", "tgkill", because: "abort; a worker's pid is not the server's"),
        .allow("prlimit64", inCases: [[.equal(0, 0)]], because: "a worker lowers its own limits"),
        .refuse("prlimit64", inCases: [[.notEqual(0, 0)]], because: "limits of another process"),
        .allow("prctl", inCases: [[.less(0, 17)]], because: "a worker sets its parent death signal"),
        .refuse("prctl", inCases: [[.greater(0, 16)]], because: "changes what protects this process"),
        .allow("timer_create", because: "a worker makes the timer of its prints before it confines itself"),
        .allow("landlock_restrict_self", "seccomp", because: "a worker confines itself further"),
    ]

    /// The fork server's filter.
    static func serverRules(withTemporaryFolder: Bool) -> [SystemCallRule] {
        self.replacing(self.server(withTemporaryFolder), in: self.rules(withTemporaryFolder: withTemporaryFolder))
    }

    /// The rules of a worker's own filter: the refusals for the calls in ``server``. All other calls pass to the fork
    /// server's filter.
    static func workerRules(withTemporaryFolder: Bool) -> [SystemCallRule] {
        let replaced = Set(self.server(withTemporaryFolder).flatMap(\.names))
        return self.rules(withTemporaryFolder: withTemporaryFolder)
            .filter { replaced.contains($0.name) && $0.action != .allow }
    }

    private static func server(_ withTemporaryFolder: Bool) -> [SystemCallRow] {
        withTemporaryFolder ? self.serverWithTemporaryFolder : self.server
    }
}
