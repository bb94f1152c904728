import CProbe
import Glibc
import Linux
import Sandbox
import Tasks

/// The fork server of the tests.
enum Server {
    static func run(_ options: ProbeOptions) throws {
        var confinement = try ServerConfinement.enter(options.profile)
        // Before the seal, which allows a fork server no sockets of its own making. Workers answer over it in turn.
        let answers = try SocketPair.sequencedPackets()
        try confinement.seal()
        for layer in confinement.layers {
            Commands.reply("layer \(layer.name) \(layer.isActive ? "active" : "inactive") \(layer.detail)")
        }
        if let rounds = options.number("time") {
            try self.time(rounds, options, confinement, answers)
        }
        if options.number("doctor") == 1 {
            try self.examine(options, confinement, answers)
        }
        for name in options.names {
            try self.attempt(name, options, confinement, answers)
        }
        CurrentProcess.exitNow(0)
    }

    /// Makes the probes of `terrarium doctor` in a worker.
    private static func examine(
        _ options: ProbeOptions,
        _ confinement: borrowing ServerConfinement,
        _ answers: borrowing SocketPair
    ) throws {
        switch try ChildProcesses.fork() {
        case .child:
            try confinement.confineWorker(limits: options.limits, taskSocket: answers.theirs.rawValue)
            let verdicts = ContainmentProbe.runAll().map { "\($0.probe.name) \($0.isHeld) \($0.detail)" }
            try DescriptorIO.writeFully(Array(verdicts.joined(separator: "\n").utf8), to: 3)
            CurrentProcess.exitNow(0)
        case .parent:
            _ = try ChildProcesses.reap(blocking: true)
            Commands.reply(try self.answer(answers))
        }
    }

    /// Two workers at once: one that waits, confined like the other, and one that makes the attempt.
    private static func attempt(
        _ name: String,
        _ options: ProbeOptions,
        _ confinement: borrowing ServerConfinement,
        _ answers: borrowing SocketPair
    ) throws {
        guard let index = Commands.index(of: name) else {
            Commands.reply("\(name) unknown exited 1")
            return
        }
        let sibling: Int32
        switch try ChildProcesses.fork() {
        case .child:
            try confinement.confineWorker(limits: options.limits, taskSocket: answers.theirs.rawValue)
            if confinement.temporaryFolder != nil {
                guard close(open(options.text("folder") + "/of-sibling", O_CREAT | O_WRONLY, 0o644)) == 0 else {
                    throw SystemError("open", errno)
                }
            }
            try DescriptorIO.writeFully([1], to: 3)
            while true { pause() }
        case .parent(let pid):
            sibling = pid
        }
        // Confined before the attempt is made: otherwise the attempt could win by being early.
        _ = try DescriptorIO.readFully(1, from: answers.ours.rawValue)

        switch try ChildProcesses.fork() {
        case .child:
            if options.number("words") == 1 {
                try SoftStop.install(socket: 3, frameHeader: Array("stopped ".utf8), dump: nil, context: nil)
            }
            try confinement.confineWorker(limits: options.limits, taskSocket: answers.theirs.rawValue)
            Refusals.forget()
            let result = options.withTargets(process: sibling) { unsafe CProbe_attempt(index, $0) }
            let refused = Refusals.last().map { " refused: \($0)" } ?? ""
            try DescriptorIO.writeFully(Array("\(result)\(refused)".utf8), to: 3)
            CurrentProcess.exitNow(0)
        case .parent(let pid):
            var status: WaitStatus?
            while let ended = try ChildProcesses.reap(blocking: true) {
                if ended.pid == pid {
                    status = ended.status
                    break
                }
                Commands.reply("sibling of \(name) \(Commands.text(of: ended.status))")
            }
            Commands.reply("\(name) \(Commands.text(of: status)) \(try self.answer(answers))")
        }
        kill(sibling, SIGKILL)
        _ = waitpid(sibling, nil, 0)
    }

    /// How long forked children live that do nothing, how long those that are confined first, and how long confinement
    /// itself takes: medians, since others use the machine as well.
    private static func time(
        _ rounds: Int,
        _ options: ProbeOptions,
        _ confinement: borrowing ServerConfinement,
        _ answers: borrowing SocketPair
    ) throws {
        var bare: [Duration] = []
        var confined: [Duration] = []
        var steps: [Duration] = []
        var faults: [Duration] = []
        for round in 0..<2 * rounds {
            let confines = round.isMultiple(of: 2)
            let start = ContinuousClock.now
            switch try ChildProcesses.fork() {
            case .child:
                let before = Self.processorTime()
                let faults = CurrentProcess.usage().minorFaults
                if confines {
                    try confinement.confineWorker(limits: options.limits, taskSocket: answers.theirs.rawValue)
                    let took = Self.processorTime() - before
                    let text = "\(took) \(CurrentProcess.usage().minorFaults - faults)"
                    try DescriptorIO.writeFully(Array(text.utf8), to: 3)
                }
                CurrentProcess.exitNow(0)
            case .parent:
                _ = try ChildProcesses.reap(blocking: true)
                let took = ContinuousClock.now - start
                if confines {
                    confined.append(took)
                    let answer = try self.answer(answers).split(separator: " ").map { Int64($0) ?? 0 }
                    steps.append(.nanoseconds(answer[0]))
                    faults.append(.nanoseconds(answer[1]))
                } else {
                    bare.append(took)
                }
            }
        }
        Commands.reply("time bare \(self.median(bare))")
        Commands.reply("time confined \(self.median(confined))")
        Commands.reply("time steps \(self.median(steps)) of processor time, \(self.median(faults)) faults")
    }

    /// What a worker that has ended answered; nothing waits for one that did not.
    static func answer(_ answers: borrowing SocketPair) throws -> String {
        var text = ""
        while try DescriptorIO.poll(readable: [answers.ours.rawValue], timeout: .zero)[0].contains(.readable) {
            text += String(
                decoding: try DescriptorIO.readSome(maximum: 4096, from: answers.ours.rawValue) ?? [],
                as: UTF8.self
            )
        }
        return text.isEmpty ? "none" : text
    }

    /// Nanoseconds of processor time, which others on the machine do not add to.
    private static func processorTime() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private static func median(_ values: [Duration]) -> Duration {
        values.sorted()[values.count / 2]
    }
}
