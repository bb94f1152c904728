import CProbe
import Glibc
import Linux
import Sandbox
import Tasks

/// One layer by itself, with its prerequisites only: what it stops when all others are gone.
///
/// Everything runs as root, so that nothing but the layer can be what stopped an attempt.
enum Alone: String, CaseIterable {
    /// No layer at all: the control of all others.
    case nothing
    /// Two processes of one unprivileged user: the control of `notDumpable`.
    case sameUser
    case identity
    case capabilities
    case userNamespace
    case pidNamespace
    case mountNamespace
    case networkNamespace
    case ipcNamespace
    case utsNamespace
    case notDumpable
    case landlock
    /// Landlock with a folder that may be written to.
    case landlockWithFolder
    case descriptors
    case limits
    case seccomp

    /// Makes each attempt under this layer, and answers a line each.
    func run(_ options: ProbeOptions) throws {
        for name in options.names {
            guard let index = Commands.index(of: name) else { continue }
            let answers = try SocketPair.sequencedPackets()
            let target = try self.startTarget()
            var status: WaitStatus?
            switch try ChildProcesses.fork() {
            case .child:
                self.perform(index, target, options, answers.theirs.rawValue)
            case .parent(let pid):
                while let ended = try ChildProcesses.reap(blocking: true) {
                    guard ended.pid == pid else { continue }
                    status = ended.status
                    break
                }
            }
            kill(target, SIGKILL)
            _ = waitpid(target, nil, 0)
            Commands.reply("\(name) \(Commands.text(of: status)) \(try Server.answer(answers))")
        }
    }

    /// A process to aim at.
    private func startTarget() throws -> Int32 {
        let ready = try SocketPair.stream()
        switch try ChildProcesses.fork() {
        case .child:
            switch self {
            case .sameUser, .notDumpable:
                try Privileges.takeIdentity(uid: 64_999, gid: 64_999)
                // Giving up the identity of root has the same effect; the control undoes it.
                try CurrentProcess.setDumpable(self == .sameUser)
            default:
                break
            }
            try DescriptorIO.writeFully([1], to: ready.theirs.rawValue)
            while true { pause() }
        case .parent(let pid):
            _ = try DescriptorIO.readFully(1, from: ready.ours.rawValue)
            return pid
        }
    }

    private func perform(_ index: Int, _ target: Int32, _ options: ProbeOptions, _ answers: CInt) -> Never {
        do {
            try self.enterNamespace(options)
            // A process namespace is entered by one's children.
            switch try ChildProcesses.fork() {
            case .child:
                try self.confine(options)
                var socket = answers
                if self == .descriptors {
                    guard dup2(answers, 3) == 3 else { throw SystemError("dup2", errno) }
                    try CurrentProcess.closeDescriptors(from: 4)
                    socket = 3
                }
                let result = options.withTargets(process: target) { unsafe CProbe_attempt(index, $0) }
                try DescriptorIO.writeFully(Array(String(result).utf8), to: socket)
                CurrentProcess.exitNow(0)
            case .parent:
                guard let ended = try ChildProcesses.reap(blocking: true) else { CurrentProcess.exitNow(70) }
                if case .signaled(let signal) = ended.status { CurrentProcess.exitNow(100 + signal) }
                CurrentProcess.exitNow(0)
            }
        } catch {
            try? DescriptorIO.writeFully(Array("error \(error)".utf8), to: answers)
            CurrentProcess.exitNow(71)
        }
    }

    private func enterNamespace(_ options: ProbeOptions) throws {
        switch self {
        case .userNamespace:
            // Mapped to root, so that all capabilities are there, but in this namespace only.
            try Mounts.unshare(.user)
        case .pidNamespace: try Mounts.unshare(.pid)
        case .networkNamespace: try Mounts.unshare(.network)
        case .ipcNamespace: try Mounts.unshare(.ipc)
        case .utsNamespace: try Mounts.unshare(.uts)
        case .mountNamespace:
            try RootFileSystem.enter(RootPlan(paths: [options.text("site"), "/usr/lib/x86_64-linux-gnu"]))
        case .nothing, .sameUser, .identity, .capabilities, .notDumpable, .landlock, .landlockWithFolder, .descriptors,
            .limits, .seccomp:
            break
        }
    }

    private func confine(_ options: ProbeOptions) throws {
        switch self {
        case .sameUser, .notDumpable, .identity:
            try Privileges.takeIdentity(uid: 64_999, gid: 64_999)
        case .capabilities:
            try Privileges.dropBoundingSet()
            try Privileges.dropCapabilities()
        case .landlock, .landlockWithFolder:
            try Privileges.setNoNewPrivileges()
            let rules = try LandlockRules(abi: LandlockRules.kernelABI(), isScoped: true)
            try rules.allowReading(options.text("site"))
            if self == .landlockWithFolder { try rules.allowWriting(options.text("folder")) }
            try rules.restrict()
        case .limits:
            // The limit on threads binds nobody who has capabilities.
            try Privileges.takeIdentity(uid: 64_999, gid: 64_999)
            guard let status = ProcessStatus(try FileSystem.readText("/proc/self/status")) else { return }
            let baseline = MemoryBaseline(dataBytes: status.dataBytes, addressSpaceBytes: status.addressSpaceBytes)
            for (limit, value) in WorkerResourceLimits.inherited(options.profile) { try limit.set(value) }
            for limit in WorkerResourceLimits.own(options.profile, options.limits, baseline) {
                try limit.resource.set(soft: limit.soft, hard: limit.hard)
            }
        case .seccomp:
            try Privileges.setNoNewPrivileges()
            try SystemCallPolicy.installHandler()
            var program = try FilterProgram()
            program.setSelf(CurrentProcess.pid)
            try program.install()
        case .nothing, .userNamespace, .pidNamespace, .mountNamespace, .networkNamespace, .ipcNamespace, .utsNamespace,
            .descriptors:
            break
        }
    }
}
