import Glibc
import Linux
import Testing

@Suite struct SignalWatchTests {
    @Test func signalsComeOnTheirThreadInTheirOrderAlsoWhenOthersBlockThem() async {
        await #expect(processExitsWith: .success) {
            let pair = try SocketPair.stream()
            let theirs = pair.theirs.rawValue
            // What the thread inherits.
            var blocked = sigset_t()
            sigemptyset(&blocked)
            sigaddset(&blocked, SIGHUP)
            sigaddset(&blocked, SIGUSR2)
            pthread_sigmask(SIG_BLOCK, &blocked, nil)
            try SignalWatch.start([SIGHUP, SIGUSR2]) { number in
                try? DescriptorIO.writeFully([UInt8(clamping: number)], to: theirs)
            }
            for number in [SIGHUP, SIGUSR2, SIGHUP] {
                kill(getpid(), number)
                #expect(try DescriptorIO.readFully(1, from: pair.ours.rawValue) == [UInt8(clamping: number)])
            }
            #expect(throws: SystemError("pipe2", EBUSY)) { try SignalWatch.start([SIGTERM]) { _ in } }
            _ = pair.theirs.rawValue
        }
    }

    @Test func aSignalThatIsNotWatchedDoesWhatItDid() async {
        await #expect(processExitsWith: .signal(SIGUSR2)) {
            try SignalWatch.start([SIGHUP]) { _ in }
            kill(getpid(), SIGUSR2)
            while true { pause() }
        }
    }
}
