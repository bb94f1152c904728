package import Linux
package import Tasks

/// How much memory a process has mapped, in bytes.
package struct MemoryBaseline: Equatable {
    /// Private writable memory: what RLIMIT_DATA counts.
    package var dataBytes: Int
    /// All of it: what RLIMIT_AS counts.
    package var addressSpaceBytes: Int

    package init(dataBytes: Int, addressSpaceBytes: Int) {
        self.dataBytes = dataBytes
        self.addressSpaceBytes = addressSpaceBytes
    }
}

/// The part of /proc/PID/status that confinement needs.
package struct ProcessStatus: Equatable {
    package var threads: Int
    package var dataBytes: Int
    package var addressSpaceBytes: Int

    /// Nil when a field is missing.
    package init?(_ text: String) {
        var fields: [Substring: Int] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(whereSeparator: { $0 == ":" || $0 == "\t" || $0 == " " })
            guard parts.count >= 2, let value = Int(parts[1]) else { continue }
            fields[parts[0]] = value
        }
        guard let threads = fields["Threads"], let data = fields["VmData"], let size = fields["VmSize"] else {
            return nil
        }
        self.threads = threads
        // The kernel counts in KiB here.
        self.dataBytes = data << 10
        self.addressSpaceBytes = size << 10
    }
}

/// The resource limits as data.
package enum WorkerLimits {
    /// What a warm worker may still allocate for itself, before its task and to report about it.
    static let reserve = 8 << 20

    /// By how much the address space may exceed the memory: libraries loaded late, arenas, stacks that are only reserved.
    ///
    /// A backstop: memory that was made read-only after it was written leaves RLIMIT_DATA's count, but not this one.
    static let addressSpaceSlack = 512 << 20

    /// Limits of the server that its workers inherit.
    package static let inherited: [(ResourceLimit, UInt64)] = [
        (.core, 0), (.fileSize, 0), (.lockedMemory, 0), (.messageQueues, 0), (.realtimePriority, 0),
    ]

    /// Limits of a worker.
    package static func own(
        _ profile: SandboxProfile,
        _ limits: TaskLimits,
        _ baseline: MemoryBaseline
    ) -> [WorkerPlan.Limit] {
        let memory = max(0, limits.memory)
        let data = UInt64(baseline.dataBytes + self.reserve) + UInt64(memory)
        let space = UInt64(baseline.addressSpaceBytes + self.reserve + self.addressSpaceSlack) + UInt64(memory)
        let cpu = self.wholeSeconds(limits.cpu)
        let stack = UInt64(profile.stackBytes)
        let threads = UInt64(profile.maximumThreads)
        let descriptors = UInt64(profile.maximumDescriptors)
        return [
            .init(.data, soft: data, hard: data),
            .init(.addressSpace, soft: space, hard: space),
            // The soft limit is SIGXCPU, which names itself; whoever ignores it meets SIGKILL two seconds later.
            .init(.cpuSeconds, soft: cpu, hard: cpu + 2),
            .init(.stack, soft: stack, hard: stack),
            .init(.processes, soft: threads, hard: threads),
            .init(.openFiles, soft: descriptors, hard: descriptors),
            .init(.pendingSignals, soft: 64, hard: 64),
            .init(.nice, soft: 0, hard: 0),
        ]
    }

    static func summary(_ profile: SandboxProfile) -> String {
        "memory, CPU, stack, \(profile.maximumDescriptors) descriptors, \(profile.maximumThreads) threads per identity, "
            + "no files, no core"
    }

    /// The kernel counts whole seconds: rounded up, and at least one.
    private static func wholeSeconds(_ duration: Duration) -> UInt64 {
        let (seconds, attoseconds) = duration.components
        return UInt64(max(1, seconds + (attoseconds > 0 ? 1 : 0)))
    }
}
