package import Linux
package import Tasks

/// The memory that a process has mapped, in bytes.
package struct MemoryBaseline: Equatable {
    /// The private writable memory, which RLIMIT_DATA counts.
    package var dataBytes: Int
    /// All mapped memory, which RLIMIT_AS counts.
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

    /// Parses the text of the file; nil if a field is missing.
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
        // The kernel reports these values in KiB.
        self.dataBytes = data << 10
        self.addressSpaceBytes = size << 10
    }
}

/// The resource limits of fork servers and workers, as data.
package enum WorkerResourceLimits {
    /// The memory that a worker may allocate before its task, and for reporting the result.
    static let reserve = 8 << 20

    /// The amount by which the address space may exceed the memory limit: for libraries loaded late, arenas, and stacks
    /// that are only reserved.
    ///
    /// RLIMIT_AS is needed besides RLIMIT_DATA: memory that is made read-only after it was written no longer counts for
    /// RLIMIT_DATA, but still for RLIMIT_AS.
    static let addressSpaceSlack = 512 << 20

    /// The limits of the fork server, which its workers inherit.
    package static func inherited(_ profile: SandboxProfile) -> [(ResourceLimit, UInt64)] {
        // The limit is one page above the folder's size. So writing to a full folder fails with ENOSPC, not with EFBIG.
        let file = profile.temporaryFolderBytes == 0 ? 0 : UInt64(profile.temporaryFolderBytes) + 4096
        return [(.core, 0), (.fileSize, file), (.lockedMemory, 0), (.messageQueues, 0), (.realtimePriority, 0)]
    }

    /// The additional limits of a worker.
    package static func own(
        _ profile: SandboxProfile,
        _ limits: TaskLimits,
        _ baseline: MemoryBaseline
    ) -> [WorkerPlan.Limit] {
        let memory = max(0, limits.memoryCeiling)
        let data = UInt64(baseline.dataBytes + self.reserve) + UInt64(memory)
        let space = UInt64(baseline.addressSpaceBytes + self.reserve + self.addressSpaceSlack) + UInt64(memory)
        let cpu = self.wholeSeconds(limits.cpu)
        let stack = UInt64(profile.stackBytes)
        let threads = UInt64(profile.maximumThreads)
        let descriptors = UInt64(profile.maximumDescriptors)
        return [
            .init(.data, soft: data, hard: data),
            .init(.addressSpace, soft: space, hard: space),
            // At the soft limit the kernel sends SIGXCPU, whose handler reports that the limit is reached. A process that
            // ignores SIGXCPU gets SIGKILL two seconds later.
            .init(.cpuSeconds, soft: cpu, hard: cpu + 2),
            .init(.stack, soft: stack, hard: stack),
            .init(.processes, soft: threads, hard: threads),
            .init(.openFiles, soft: descriptors, hard: descriptors),
            .init(.pendingSignals, soft: 64, hard: 64),
            .init(.nice, soft: 0, hard: 0),
        ]
    }

    /// Lowers this worker's memory limits by `bytes`: from the ceiling that it started with to the limit of its task. They
    /// cannot be raised again, because that needs CAP_SYS_RESOURCE.
    package static func lowerMemory(by bytes: Int) throws(SystemError) {
        guard bytes > 0 else { return }
        for limit in [ResourceLimit.data, .addressSpace] { try limit.set(try limit.hardLimit() - UInt64(bytes)) }
    }

    static func summary(_ profile: SandboxProfile) -> String {
        "memory, CPU, stack, \(profile.maximumDescriptors) descriptors, \(profile.maximumThreads) threads per identity, "
            + "\(profile.temporaryFolderBytes == 0 ? "no files, " : "")no core"
    }

    /// The duration in whole seconds, as the kernel counts: rounded up, and at least one.
    private static func wholeSeconds(_ duration: Duration) -> UInt64 {
        let (seconds, attoseconds) = duration.components
        return UInt64(max(1, seconds + (attoseconds > 0 ? 1 : 0)))
    }
}
