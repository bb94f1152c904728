import Glibc
import Linux
import Synchronization
import Testing

/// What the machine, or a limit, has too little of.
@Suite struct ShortageTests {
    /// Makes this process one that RLIMIT_NPROC binds: root and capabilities lift it.
    private static func becomeOrdinary() {
        guard geteuid() == 0 else { return }
        let user = 1_900_000_000 + UInt32(getpid()) * 8 + 7
        precondition(setgroups(0, nil) == 0 && setgid(user) == 0 && setuid(user) == 0)
    }

    private final class Witness: Sendable {}

    @Test func aThreadRunsItsBody() throws {
        let pair = try SocketPair.stream()
        let theirs = pair.theirs.rawValue
        let test = pthread_self()
        try DedicatedThread.start {
            let isOther: UInt8 = pthread_equal(test, pthread_self()) == 0 ? 1 : 0
            try? DescriptorIO.writeFully([isOther], to: theirs)
        }
        #expect(try DescriptorIO.readFully(1, from: pair.ours.rawValue) == [1])
    }

    @Test func aThreadThatIsNotToBeHadIsAnErrorAndNothingOfItStays() async {
        await #expect(processExitsWith: .success) {
            Self.becomeOrdinary()
            let hard = try ResourceLimit.processes.hardLimit()
            try ResourceLimit.processes.set(soft: 1, hard: hard)
            let hasRun = Atomic(false)
            weak var witness: Witness?
            do {
                let held = Witness()
                witness = held
                try DedicatedThread.start { [held] in
                    _ = held
                    hasRun.store(true, ordering: .relaxed)
                }
                Issue.record("a thread was to be had")
            } catch {
                #expect(error as? SystemError == SystemError("pthread_create", EAGAIN))
            }
            #expect(witness == nil, "what the body held is let go of")
            let ran = hasRun.load(ordering: .relaxed)
            #expect(!ran)
            // Control: it was the limit.
            try ResourceLimit.processes.set(soft: hard, hard: hard)
            let pair = try SocketPair.stream()
            let theirs = pair.theirs.rawValue
            try DedicatedThread.start { try? DescriptorIO.writeFully([1], to: theirs) }
            #expect(try DescriptorIO.readFully(1, from: pair.ours.rawValue) == [1])
        }
    }

    @Test func aMessageWhoseDescriptorCannotBeReceivedArrivesWithoutIt() async {
        await #expect(processExitsWith: .success) {
            let channel = try SocketPair.sequencedPackets()
            let cargo = try SocketPair.stream()
            let (sender, receiver) = (channel.ours.rawValue, channel.theirs.rawValue)
            func receive() throws -> (bytes: [UInt8], hasDescriptor: Bool) {
                guard var message = try DescriptorPassing.receive(from: receiver, maximum: 16) else {
                    return ([], false)
                }
                let hasDescriptor = message.takeDescriptor() != nil
                return (message.bytes, hasDescriptor)
            }
            try DescriptorPassing.send([1, 2], descriptor: cargo.theirs.rawValue, over: sender)
            let lowestFree = dup(receiver)
            close(lowestFree)
            let hard = try ResourceLimit.openFiles.hardLimit()
            try ResourceLimit.openFiles.set(soft: UInt64(lowestFree), hard: hard)
            let first = try receive()
            #expect(first.bytes == [1, 2])
            #expect(!first.hasDescriptor)
            // Control: it was the limit, and the sockets go on.
            try ResourceLimit.openFiles.set(soft: hard, hard: hard)
            try DescriptorPassing.send([3], descriptor: cargo.theirs.rawValue, over: sender)
            let second = try receive()
            #expect(second.bytes == [3])
            #expect(second.hasDescriptor)
            _ = channel.ours.rawValue
            _ = channel.theirs.rawValue
        }
    }

    @Test func aDescriptorThatCannotBeWatchedIsAnErrorBeforeItIsGivenToAnEventLoop() async throws {
        let pair = try SocketPair.stream()
        try EpollProbe.check(pair.ours.rawValue)
        // A regular file cannot be watched (EPERM).
        let file = open("/etc/passwd", O_RDONLY | O_CLOEXEC)
        #expect(throws: SystemError("epoll_ctl", EPERM)) { try EpollProbe.check(file) }
        close(file)
        await #expect(processExitsWith: .success) {
            let pair = try SocketPair.stream()
            let lowestFree = dup(0)
            close(lowestFree)
            try ResourceLimit.openFiles.set(soft: UInt64(lowestFree), hard: try ResourceLimit.openFiles.hardLimit())
            #expect(throws: SystemError("epoll_ctl", EMFILE)) { try EpollProbe.check(pair.ours.rawValue) }
            // The control: it was the limit, and no descriptor is left behind.
            let most = UInt64(lowestFree + 1)
            try ResourceLimit.openFiles.set(soft: most, hard: try ResourceLimit.openFiles.hardLimit())
            for _ in 0..<3 { try EpollProbe.check(pair.ours.rawValue) }
        }
    }

    @Test func onlyAShortageHasARemedy() {
        for code in [EAGAIN, ENOMEM, EMFILE, ENFILE, ENOBUFS] {
            let error = SystemError("call", code)
            #expect(error.isShortage)
            #expect(error.descriptionWithRemedy.hasPrefix("\(error); "))
        }
        for code in [EPERM, EACCES, ENOENT, EPIPE, EINVAL] {
            let error = SystemError("call", code)
            #expect(!error.isShortage)
            #expect(error.descriptionWithRemedy == error.description)
        }
        #expect(SystemError("pthread_create", EAGAIN).remedy?.contains("TasksMax=") == true)
        #expect(SystemError("socketpair", EMFILE).remedy?.contains("LimitNOFILE=") == true)
        #expect(SystemError("epoll_ctl", ENOSPC).remedy?.contains("fs.epoll.max_user_watches") == true)
        // A full disk is another matter.
        #expect(SystemError("write", ENOSPC).remedy == nil)
    }
}
