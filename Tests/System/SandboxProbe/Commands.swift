import CProbe
import Glibc
import Linux
import Sandbox
import Tasks

/// What the probe is told on its command line. Answers go to descriptor 3, one line each.
///
/// - `list`: the names of all attempts.
/// - `examine`: makes the probes of `terrarium doctor`, unconfined.
/// - `outside NAME…`: makes each attempt in a process of its own, unconfined.
/// - `alone layer=LAYER …`: makes each attempt with that layer only; see `Alone`.
/// - `drive OPTION… NAME…`: starts itself as a fork server and relays what it answers.
/// - `server OPTION… NAME…`: confines itself, answers one `layer` line each, then makes each attempt in a worker.
///
/// Options are `key=value`; those after `targets` describe what the attempts aim at.
enum Commands {
    static func run(_ arguments: [String]) throws {
        switch arguments.first {
        case "list":
            for index in 0..<CProbe_count() { self.reply(self.name(index)) }
        case "outside":
            let options = ProbeOptions(arguments.dropFirst())
            try self.outside(options)
        case "examine":
            // Something to inherit, which a spawn as careful as ours does not leave.
            _ = dup(3)
            for verdict in ContainmentProbe.runAll() {
                self.reply("\(verdict.probe.name) \(verdict.isHeld) \(verdict.detail)")
            }
        case "alone":
            let options = ProbeOptions(arguments.dropFirst())
            guard let layer = Alone(rawValue: options.text("layer")) else { return self.reply("error which layer?") }
            try layer.run(options)
        case "drive":
            try self.drive(Array(arguments.dropFirst()))
        case "server":
            let options = ProbeOptions(arguments.dropFirst())
            try Server.run(options)
        default:
            self.reply("error what is \(arguments)?")
        }
    }

    static func reply(_ text: String) {
        try? DescriptorIO.writeFully(Array((text + "\n").utf8), to: 3)
    }

    static func name(_ index: Int) -> String {
        unsafe String(cString: CProbe_name(index))
    }

    static func index(of name: String) -> Int? {
        (0..<CProbe_count()).first { self.name($0) == name }
    }

    /// Makes each attempt in a child, so that none can harm the next.
    private static func outside(_ options: ProbeOptions) throws {
        for name in options.names {
            guard let index = self.index(of: name) else { continue }
            let sibling = try Sibling()
            let pair = try SocketPair.stream()
            switch try ChildProcesses.fork() {
            case .child:
                let result = options.withTargets(process: sibling.pid) { unsafe CProbe_attempt(index, $0) }
                try DescriptorIO.writeFully(Array(String(result).utf8), to: pair.theirs.rawValue)
                CurrentProcess.exitNow(0)
            case .parent:
                let text = Self.answer(pair)
                let ended = try ChildProcesses.reap(blocking: true)
                self.reply("\(name) \(text) \(Self.text(of: ended?.status))")
            }
            try sibling.end()
        }
    }

    /// Becomes another user if told so, starts the fork server as the service would, and relays its answers.
    private static func drive(_ arguments: [String]) throws {
        let options = ProbeOptions(arguments[...])
        if options.number("cage") == 1 {
            try self.enterCage()
        }
        if let user = options.user {
            try Privileges.takeIdentity(uid: user, gid: user)
        }
        guard case .link(let own) = FileSystem.kind(of: "/proc/self/exe") else { return }
        let pair = try SocketPair.stream()
        let server = try ForkServerProcess.spawn(
            executable: own,
            arguments: ["sandbox-probe", "server"] + arguments,
            environment: SandboxProfile.environment(timeZone: nil),
            descriptors: [pair.theirs.rawValue]
        )
        let ours = self.keepOurs(pair)
        while let some = try DescriptorIO.readSome(maximum: 1 << 16, from: ours.rawValue) {
            try DescriptorIO.writeFully(some, to: 3)
        }
        self.reply("server \(self.text(of: try server.descriptor.wait()))")
    }

    /// What a container is like whose engine forbids namespaces: a process whose root is not that of its namespace may
    /// make no user namespace (clone(2)), and without CAP_SYS_ADMIN no other namespace and no mount.
    private static func enterCage() throws {
        try Mounts.unshare(.mount)
        try Mounts.makePrivate()
        try Mounts.bind("/", on: "/mnt")
        guard chroot("/mnt") == 0, chdir("/") == 0 else { throw SystemError("chroot", errno) }
        let result = CProbe_give_up_administration()
        guard result == 0 else { throw SystemError("capset", -result) }
    }

    static func keepOurs(_ pair: consuming SocketPair) -> OwnedDescriptor { pair.ours }

    static func answer(_ pair: consuming SocketPair) -> String {
        let ours = self.keepOurs(pair)
        let bytes = (try? DescriptorIO.readSome(maximum: 4096, from: ours.rawValue)) ?? nil
        return bytes.map { String(decoding: $0, as: UTF8.self) } ?? "none"
    }

    static func text(of status: WaitStatus?) -> String {
        switch status {
        case .exited(let code): "exited \(code)"
        case .signaled(let signal): "signaled \(signal)"
        case nil: "unknown"
        }
    }
}

/// A process that only waits: something for an attempt to aim at.
struct Sibling: ~Copyable {
    let pid: Int32

    init() throws {
        switch try ChildProcesses.fork() {
        case .child:
            while true { pause() }
        case .parent(let pid):
            self.pid = pid
        }
    }

    consuming func end() throws {
        kill(self.pid, SIGKILL)
        _ = waitpid(self.pid, nil, 0)
    }
}
