internal import CLinux
internal import Glibc

/// A resource whose use is limited (getrlimit(2)).
public enum ResourceLimit: Hashable, Sendable, CaseIterable {
    case addressSpace
    case core
    case cpuSeconds
    case data
    case fileSize
    case lockedMemory
    case messageQueues
    case nice
    case openFiles
    case pendingSignals
    case processes
    case realtimePriority
    case stack

    /// The limit's name as the manual page has it.
    public var name: String {
        switch self {
        case .addressSpace: "RLIMIT_AS"
        case .core: "RLIMIT_CORE"
        case .cpuSeconds: "RLIMIT_CPU"
        case .data: "RLIMIT_DATA"
        case .fileSize: "RLIMIT_FSIZE"
        case .lockedMemory: "RLIMIT_MEMLOCK"
        case .messageQueues: "RLIMIT_MSGQUEUE"
        case .nice: "RLIMIT_NICE"
        case .openFiles: "RLIMIT_NOFILE"
        case .pendingSignals: "RLIMIT_SIGPENDING"
        case .processes: "RLIMIT_NPROC"
        case .realtimePriority: "RLIMIT_RTPRIO"
        case .stack: "RLIMIT_STACK"
        }
    }

    var number: Int32 {
        switch self {
        case .addressSpace: CLinux_limit_address_space
        case .core: CLinux_limit_core
        case .cpuSeconds: CLinux_limit_cpu
        case .data: CLinux_limit_data
        case .fileSize: CLinux_limit_file_size
        case .lockedMemory: CLinux_limit_locked_memory
        case .messageQueues: CLinux_limit_message_queue
        case .nice: CLinux_limit_nice
        case .openFiles: CLinux_limit_open_files
        case .pendingSignals: CLinux_limit_pending_signals
        case .processes: CLinux_limit_processes
        case .realtimePriority: CLinux_limit_realtime
        case .stack: CLinux_limit_stack
        }
    }

    /// Sets the soft and the hard limit of this process, irrevocably. A value above the current hard limit is lowered to
    /// it.
    public func set(_ value: UInt64) throws(SystemError) {
        try checked("prlimit(\(self.name))", CLinux_set_limits(self.number, value, value))
    }

    /// Sets the soft and the hard limit of this process to different values. A value above the current hard limit is
    /// lowered to it.
    public func set(soft: UInt64, hard: UInt64) throws(SystemError) {
        try checked("prlimit(\(self.name))", CLinux_set_limits(self.number, soft, hard))
    }

    /// The hard limit of this process; `UInt64.max` means unlimited.
    public func hardLimit() throws(SystemError) -> UInt64 {
        var value: UInt64 = 0
        // Safety: the call writes one number through the pointer.
        try unsafe checked("prlimit(\(self.name))", CLinux_get_hard_limit(self.number, &value))
        return value
    }

    /// The soft limit of this process; `UInt64.max` means unlimited.
    public func current() throws(SystemError) -> UInt64 {
        var value: UInt64 = 0
        // Safety: the call writes one number through the pointer.
        try unsafe checked("prlimit(\(self.name))", CLinux_get_limit(self.number, &value))
        return value
    }
}
