internal import CSeccomp
internal import Glibc
internal import Linux

/// A processor architecture that the policy can be compiled for.
public enum FilterArchitecture: String, Hashable, Sendable, CaseIterable {
    case x86 = "x86_64"
    case arm64 = "arm64"

    /// AUDIT_ARCH_… of linux/audit.h. Swift does not import libseccomp's names for these values, which are macros.
    var token: UInt32 {
        switch self {
        case .x86: 0xC000_003E
        case .arm64: 0xC000_00B7
        }
    }

    /// The architecture that this program runs on.
    public static var native: FilterArchitecture {
        #if arch(x86_64)
        .x86
        #else
        .arm64
        #endif
    }
}

/// A compiled seccomp filter: eight-byte BPF instructions with placeholders for the process id of the confined process.
public struct FilterProgram: Equatable, Sendable {
    /// The instructions in the kernel's format (struct sock_filter of seccomp(2)).
    public private(set) var instructions: [UInt64]
    /// The positions of instructions whose constant is replaced by the process id.
    let selfPositions: [Int]

    /// A placeholder for the process's own id, which is known only after the fork. No other constant of the program has
    /// this value.
    static let selfPlaceholder: UInt32 = 0x7E51_5E1F

    /// Compiles rules. Rules for system calls that the architecture does not have are left out.
    ///
    /// - Parameters:
    ///   - rules: The rules.
    ///   - otherwise: The action for system calls, or arguments, that no rule covers.
    ///   - architecture: The architecture to compile for.
    /// - Throws: `ConfinementError.filter` with the system call whose rule libseccomp refused.
    public init(
        _ rules: [SystemCallRule] = SystemCallPolicy.rules,
        otherwise: SystemCallAction = .fail(SystemCallPolicy.unknownCall),
        for architecture: FilterArchitecture = .native
    ) throws(ConfinementError) {
        let builder = try FilterBuilder(architecture: architecture, otherwise: otherwise)
        for rule in rules {
            try builder.add(rule)
        }
        self.instructions = try builder.export()
        // Only comparisons with a constant (BPF_JMP | BPF_JEQ | BPF_K) can have the placeholder.
        self.selfPositions = self.instructions.indices.filter { [instructions] index in
            let instruction = instructions[index]
            return instruction & 0xffff == 0x15 && UInt32(instruction >> 32) == Self.selfPlaceholder
        }
    }

    /// Replaces the placeholders by a process id.
    public mutating func setSelf(_ pid: Int32) {
        for position in self.selfPositions {
            self.instructions[position] =
                self.instructions[position] & 0xffff_ffff | UInt64(UInt32(bitPattern: pid)) << 32
        }
    }

    /// The number of comparisons with the process id.
    var selfComparisons: Int { self.selfPositions.count }

    /// The number of a system call on an architecture; nil if the architecture does not have the call.
    public static func number(of name: String, on architecture: FilterArchitecture = .native) -> Int32? {
        let number = unsafe seccomp_syscall_resolve_name_arch(architecture.token, name)
        // libseccomp returns negative numbers for calls that only other architectures have.
        return number >= 0 ? number : nil
    }

    /// The name of a system call; nil if the number is unknown.
    public static func name(of number: Int32, on token: UInt32) -> String? {
        // Safety: the call returns null or a text that the caller must free.
        guard let text = unsafe seccomp_syscall_resolve_num_arch(token, number) else { return nil }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }
}

/// A libseccomp filter under construction.
// Safety: this value owns the context, and it is not used after the value ends.
@safe private final class FilterBuilder {
    private let context: UnsafeMutableRawPointer
    private let architecture: FilterArchitecture
    private let otherwise: SystemCallAction

    init(architecture: FilterArchitecture, otherwise: SystemCallAction) throws(ConfinementError) {
        guard let context = unsafe seccomp_init(Self.value(of: otherwise)) else {
            throw .filter(call: "the filter itself", code: ErrorNumber.outOfMemory)
        }
        unsafe self.context = context
        self.architecture = architecture
        self.otherwise = otherwise
        if architecture != .native {
            try Self.check("architecture", unsafe seccomp_arch_add(context, architecture.token))
            try Self.check("architecture", unsafe seccomp_arch_remove(context, FilterArchitecture.native.token))
        }
        // A system call through another architecture's entry is treated as an attack, because its numbers mean other
        // calls.
        try self.set(SCMP_FLTATR_ACT_BADARCH, Self.killProcess)
        // libseccomp must not set no_new_privs; the confinement sets it in a step of its own.
        try self.set(SCMP_FLTATR_CTL_NNP, 0)
        // The filter becomes a binary tree over the call number, so that frequent calls do not pass through a list of
        // two hundred comparisons.
        try self.set(SCMP_FLTATR_CTL_OPTIMIZE, 2)
    }

    deinit {
        unsafe seccomp_release(self.context)
    }

    func add(_ rule: SystemCallRule) throws(ConfinementError) {
        guard FilterProgram.number(of: rule.name, on: self.architecture) != nil else { return }
        // libseccomp refuses a rule whose action is the default action. The policy has such rows because they document
        // the reason for the action.
        guard rule.action != self.otherwise else { return }
        // libseccomp expects the native call number and translates it to the filter's architecture.
        let number = unsafe seccomp_syscall_resolve_name(rule.name)
        let comparisons = rule.conditions.map(Self.comparison)
        let result = unsafe comparisons.withUnsafeBufferPointer { buffer in
            // Safety: the call reads `count` comparisons of the buffer.
            unsafe seccomp_rule_add_array(
                self.context,
                Self.value(of: rule.action),
                number,
                UInt32(buffer.count),
                buffer.baseAddress
            )
        }
        try Self.check(rule.name, result)
    }

    /// The finished program.
    func export() throws(ConfinementError) -> [UInt64] {
        // libseccomp can write the program only to a descriptor. The program fits into a socket's buffer, so the write
        // does not block.
        let context = unsafe self.context
        let bytes = try step(.filterCompilation) { () throws(SystemError) -> [UInt8] in
            let pair = try SocketPair.stream()
            let result = unsafe seccomp_export_bpf(context, pair.ours.rawValue)
            guard result == 0 else { throw SystemError("seccomp_export_bpf", -result) }
            return try DescriptorIO.readSome(maximum: 1 << 16, from: pair.theirs.rawValue) ?? []
        }
        guard !bytes.isEmpty, bytes.count % 8 == 0, bytes.count < 1 << 15 else {
            throw .filter(call: "the filter itself", code: ErrorNumber.invalid)
        }
        return stride(from: 0, to: bytes.count, by: 8).map { start in
            bytes[start..<start + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    private func set(_ attribute: scmp_filter_attr, _ value: UInt32) throws(ConfinementError) {
        try Self.check("the filter itself", unsafe seccomp_attr_set(self.context, attribute, value))
    }

    private static func check(_ call: String, _ result: Int32) throws(ConfinementError) {
        guard result == 0 else { throw .filter(call: call, code: -result) }
    }

    // The values of the SCMP_ACT_… macros (seccomp(2)).
    private static let killProcess: UInt32 = 0x8000_0000

    private static func value(of action: SystemCallAction) -> UInt32 {
        switch action {
        case .allow: 0x7fff_0000
        case .refuse: 0x0003_0000
        case .fail(let code): 0x0005_0000 | UInt32(code)
        // The SIGSYS handler reports the call and ends the process; the call itself is not executed. If SIGSYS is
        // blocked, the kernel kills the process.
        case .kill: 0x0003_0000
        }
    }

    private static func comparison(_ condition: ArgumentCondition) -> scmp_arg_cmp {
        let own = UInt64(FilterProgram.selfPlaceholder)
        return switch condition {
        case .equal(let index, let value): self.make(index, SCMP_CMP_EQ, value)
        case .notEqual(let index, let value): self.make(index, SCMP_CMP_NE, value)
        case .less(let index, let value): self.make(index, SCMP_CMP_LT, value)
        case .greater(let index, let value): self.make(index, SCMP_CMP_GT, value)
        case .masked(let index, let mask, let value): self.make(index, SCMP_CMP_MASKED_EQ, mask, value)
        case .isSelf(let index): self.make(index, SCMP_CMP_EQ, own)
        case .isNotSelf(let index): self.make(index, SCMP_CMP_NE, own)
        }
    }

    private static func make(
        _ index: Int,
        _ operation: scmp_compare,
        _ first: UInt64,
        _ second: UInt64 = 0
    ) -> scmp_arg_cmp {
        scmp_arg_cmp(arg: UInt32(index), op: operation, datum_a: first, datum_b: second)
    }
}
