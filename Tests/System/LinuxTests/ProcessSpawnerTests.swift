import Glibc
import Linux
import Testing

/// Runs a shell and collects what it writes to descriptor 3.
func shell(
    _ script: String,
    environment: [String] = [],
    extra: [CInt] = [],
    options: SpawnOptions = SpawnOptions()
) throws -> (status: WaitStatus, output: String) {
    let pair = try SocketPair.stream()
    let process = try ProcessSpawner.spawn(
        executable: "/bin/sh",
        arguments: ["sh", "-c", script],
        environment: environment,
        descriptors: [pair.theirs.rawValue] + extra,
        options: options
    )
    let ours = closeTheirs(pair)
    var output: [UInt8] = []
    while let some = try DescriptorIO.readSome(maximum: 4096, from: ours.rawValue) { output += some }
    return (try process.descriptor.wait(), String(decoding: output, as: UTF8.self))
}

/// Closes the other process's end, so that its end of file can be seen here.
private func closeTheirs(_ pair: consuming SocketPair) -> OwnedDescriptor {
    pair.ours
}

@Suite struct ProcessSpawnerTests {
    @Test func exitStatusAndOutputComeBack() throws {
        let result = try shell("printf hello >&3; exit 7")
        #expect(result.output == "hello")
        #expect(result.status == .exited(7))
    }

    @Test func aDeadlySignalIsNamed() throws {
        #expect(try shell("kill -TERM $$").status == .signaled(SIGTERM))
    }

    /// A session of its own would be a scheduling group of its own (sched(7), autogroup).
    @Test func aProgramHasAProcessGroupOfItsOwnInTheSessionOfItsCaller() throws {
        // The fields of /proc/PID/stat: pid, name, state, parent, group, session.
        let fields = try shell("cat /proc/$$/stat >&3").output.split(separator: " ")
        try #require(fields.count > 5)
        #expect(fields[4] == fields[0])
        #expect(fields[5] == "\(getsid(0))")
        // Control: the caller's group is another.
        #expect(fields[4] != "\(getpgrp())")
    }

    @Test func theEnvironmentIsExactlyWhatIsGiven() throws {
        setenv("TERRARIUM_TEST_LEAK", "1", 1)
        defer { unsetenv("TERRARIUM_TEST_LEAK") }
        let result = try shell("/usr/bin/env >&3", environment: ["ONE=1", "TWO=zwei drei"])
        let names = Set(result.output.split(separator: "\n").map { $0.split(separator: "=")[0] })
        #expect(names.isSuperset(of: ["ONE", "TWO"]))
        #expect(!names.contains("TERRARIUM_TEST_LEAK"))
        #expect(result.output.contains("TWO=zwei drei\n"))
    }

    @Test func nothingIsOpenButWhatIsGiven() throws {
        // A descriptor without close-on-exec: the control that would leak through a careless spawn.
        let leak = dup(2)
        defer { close(leak) }
        let result = try shell("cd /proc/self/fd; echo * >&3")
        // The shell's expansion opens the folder itself.
        let numbers = Set(result.output.split(whereSeparator: { $0 == " " || $0 == "\n" }))
        #expect(numbers.isSubset(of: ["0", "1", "2", "3", "4", "10"]))
        #expect(!numbers.contains(Substring(String(leak))) || leak <= 4 || leak == 10)
    }

    @Test func descriptorsArriveInTheirOrderWhateverTheirNumbers() throws {
        // Two descriptors whose numbers would collide with their targets if they were moved one after the other.
        let first = try SocketPair.stream()
        let second = try SocketPair.stream()
        let result = try shell(
            "printf one >&4; printf two >&5",
            extra: [first.theirs.rawValue, second.theirs.rawValue]
        )
        #expect(result.status == .exited(0))
        #expect(try DescriptorIO.readSome(maximum: 16, from: first.ours.rawValue) == Array("one".utf8))
        #expect(try DescriptorIO.readSome(maximum: 16, from: second.ours.rawValue) == Array("two".utf8))
    }

    @Test func aMissingProgramFailsAtItsExecution() throws {
        #expect {
            _ = try ProcessSpawner.spawn(
                executable: "/nonexistent/program",
                arguments: ["program"],
                environment: [],
                descriptors: []
            )
        } throws: { error in
            (error as? SpawnError)?.step == .execute && (error as? SpawnError)?.error.code == ENOENT
        }
    }

    @Test func ignoredAndBlockedSignalsAreNotInherited() throws {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGUSR2)
        pthread_sigmask(SIG_BLOCK, &set, nil)
        defer { pthread_sigmask(SIG_UNBLOCK, &set, nil) }
        let result = try shell("grep -E 'SigBlk|SigIgn' /proc/self/status >&3")
        let masks = result.output.split(separator: "\n").map { $0.split(separator: "\t").last }
        #expect(masks == ["0000000000000000", "0000000000000000"])
    }

    @Test func standardErrorGoesWhereItIsSent() throws {
        let pair = try SocketPair.stream()
        var options = SpawnOptions()
        options.standardError = pair.theirs.rawValue
        #expect(try shell("echo oops >&2", options: options).status == .exited(0))
        #expect(try DescriptorIO.readSome(maximum: 16, from: pair.ours.rawValue) == Array("oops\n".utf8))
    }

    @Test(.enabled(if: Kernel.allowsUserNamespaces, "this kernel or container forbids user namespaces"))
    func theFirstProcessOfItsNamespaceIsNumberOne() throws {
        var options = SpawnOptions()
        options.namespaces = [.user, .pid]
        let uid = getuid()
        let gid = getgid()
        options.identityMaps = IdentityMaps(
            users: "\(uid) \(uid) 1",
            groups: "\(gid) \(gid) 1",
            deniesSetgroups: true
        )
        options.keepsCapabilities = true
        let result = try shell("echo $$ $(id -u) $(grep CapEff /proc/self/status) >&3", options: options)
        let fields = result.output.split(whereSeparator: { $0 == " " || $0 == "\n" || $0 == "\t" })
        #expect(fields.first == "1")
        #expect(fields.dropFirst().first == Substring(String(uid)))
        #expect(fields.last != "0000000000000000")
    }

    @Test func aSignalThroughThePidfdEndsTheProcessAndOnlyOnce() throws {
        let process = try ProcessSpawner.spawn(
            executable: "/bin/sleep",
            arguments: ["sleep", "1000"],
            environment: [],
            descriptors: []
        )
        #expect(try ProcessDescriptor.reap(process.descriptor.rawValue, blocking: false) == nil)
        try process.descriptor.signal(SIGKILL)
        #expect(try process.descriptor.wait() == .signaled(SIGKILL))
        #expect(throws: SystemError.self) { try process.descriptor.signal(SIGKILL) }
    }

    @Test func hundredsOfSpawnsLeakNothing() async throws {
        await #expect(processExitsWith: .success) {
            func openDescriptors() -> Int {
                (0..<Int32(1024)).count { fcntl($0, F_GETFD) >= 0 }
            }
            func spawn(_ executable: String) {
                let process = try? ProcessSpawner.spawn(
                    executable: executable,
                    arguments: ["program"],
                    environment: [],
                    descriptors: []
                )
                if let process { _ = try? process.descriptor.wait() }
            }
            // Whatever the first use of anything opens is no leak.
            spawn("/bin/true")
            spawn("/nonexistent")
            let before = openDescriptors()
            // The counter itself is proven first: two more descriptors are two more.
            let pair = try SocketPair.stream()
            let more = openDescriptors()
            withExtendedLifetime(pair.ours.rawValue) {}
            _ = consume pair
            for _ in 0..<200 {
                spawn("/bin/true")
                spawn("/nonexistent")
            }
            let after = openDescriptors()
            if more != before + 2 || after != before { exit(3) }
            // No child is left either, dead or alive.
            if waitpid(-1, nil, WNOHANG) != -1 || errno != ECHILD { exit(4) }
        }
    }
}

/// What this machine allows, so that a test that needs it is skipped by name.
enum Kernel {
    static let allowsUserNamespaces: Bool = {
        var options = SpawnOptions()
        options.namespaces = [.user, .pid]
        options.identityMaps = IdentityMaps(
            users: "\(getuid()) \(getuid()) 1",
            groups: "\(getgid()) \(getgid()) 1",
            deniesSetgroups: true
        )
        guard
            let process = try? ProcessSpawner.spawn(
                executable: "/bin/true",
                arguments: ["true"],
                environment: [],
                descriptors: [],
                options: options
            )
        else { return false }
        return (try? process.descriptor.wait()) == .exited(0)
    }()
}
