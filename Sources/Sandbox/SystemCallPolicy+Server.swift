/// The policy in two filters, of which a worker has both.
///
/// Installing a filter costs in proportion to its length and to the calls it has to be asked about. So the fork server
/// installs the long one once, on itself: what workers may do, and the few calls with which it forks and confines them.
/// Workers inherit it for nothing, and add a short one that takes those calls away. The kernel applies the stricter of
/// both answers, and the two together are exactly ``rules``: a test compares them.
extension SystemCallPolicy {
    /// What the fork server may do beyond a worker. Each of its calls replaces the worker's rules for that call.
    static let server: [SystemCallRow] = [
        .allow(
            "clone",
            inCases: [
                [.masked(0, mask: ~threadExtras, value: threadFlags)],
                // CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID and SIGCHLD: the C library's fork, and nothing else.
                [.equal(0, 0x120_0011)],
            ],
            because: "forks workers"
        ),
        .allow("wait4", because: "reaps workers"),
        .allow("pidfd_open", because: "hands the broker a pidfd of each worker"),
        .allow("sendmsg", "recvmsg", because: "the control socket, with descriptors"),
        .allow("signalfd4", because: "hears of ended workers"),
        .allow("kill", "tgkill", because: "abort; a worker's pid is not the server's"),
        .allow("prlimit64", inCases: [[.equal(0, 0)]], because: "a worker lowers its own limits"),
        .refuse("prlimit64", inCases: [[.notEqual(0, 0)]], because: "nobody else's"),
        .allow("prctl", inCases: [[.less(0, 17)]], because: "a worker sets its parent death signal"),
        .refuse("prctl", inCases: [[.greater(0, 16)]], because: "changes what protects this process"),
        .allow("landlock_restrict_self", "seccomp", because: "a worker confines itself further"),
    ]

    /// The fork server's filter.
    static let serverRules: [SystemCallRule] = {
        let replaced = Set(server.flatMap(\.names))
        return rules.filter { !replaced.contains($0.name) } + server.flatMap(\.rules)
    }()

    /// What a worker's own filter takes away again: everything about those calls that a worker may not. The rest it lets
    /// through, to be judged by the server's.
    static let workerRules: [SystemCallRule] = {
        let replaced = Set(server.flatMap(\.names))
        return rules.filter { replaced.contains($0.name) && $0.action != .allow }
    }()
}
