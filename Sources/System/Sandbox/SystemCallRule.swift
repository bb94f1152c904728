/// The action of the filter for a system call.
public enum SystemCallAction: Hashable, Sendable {
    /// Permits the call.
    case allow
    /// Refuses the call with EPERM, through the SIGSYS handler, which records the call's name for the outcome.
    case refuse
    /// Fails the call with an errno, without recording its name. For calls that libraries try, but do not depend on.
    case fail(Int32)
    /// Reports the call's name and ends the process. For calls that only an attack makes.
    case kill
}

/// A condition on one argument of a system call, compared as an unsigned 64-bit number.
public enum ArgumentCondition: Hashable, Sendable {
    case equal(Int, UInt64)
    case notEqual(Int, UInt64)
    case less(Int, UInt64)
    case greater(Int, UInt64)
    /// The bits of `mask` have the value `value`.
    case masked(Int, mask: UInt64, value: UInt64)
    /// The argument is the calling process's own id, which is known only after the fork.
    case isSelf(Int)
    case isNotSelf(Int)
}

/// The action for one system call if all conditions hold.
public struct SystemCallRule: Hashable, Sendable {
    /// The call's name. The rule has no effect on an architecture without this call.
    public let name: String
    public let conditions: [ArgumentCondition]
    public let action: SystemCallAction
    /// The reason for the action.
    public let reason: String
}

/// One row of the policy's tables: calls that share an action, a reason and the cases in which they apply.
struct SystemCallRow {
    let names: [String]
    /// Each case is a list of conditions that must all hold; the row applies in any of the cases.
    let cases: [[ArgumentCondition]]
    let action: SystemCallAction
    let reason: String

    var rules: [SystemCallRule] {
        self.names.flatMap { name in
            self.cases.map {
                SystemCallRule(name: name, conditions: $0, action: self.action, reason: self.reason)
            }
        }
    }

    static func allow(_ names: String..., because reason: String) -> SystemCallRow {
        self.allow(calls: names, because: reason)
    }

    static func allow(calls names: [String], because reason: String) -> SystemCallRow {
        SystemCallRow(names: names, cases: [[]], action: .allow, reason: reason)
    }

    static func allow(_ names: String..., inCases cases: [[ArgumentCondition]], because reason: String) -> SystemCallRow
    {
        SystemCallRow(names: names, cases: cases, action: .allow, reason: reason)
    }

    static func allow(_ name: String, argument: Int, isOneOf values: [UInt64], because reason: String) -> SystemCallRow
    {
        SystemCallRow(names: [name], cases: values.map { [.equal(argument, $0)] }, action: .allow, reason: reason)
    }

    static func refuse(_ names: String..., because reason: String) -> SystemCallRow {
        self.refuse(calls: names, because: reason)
    }

    static func refuse(calls names: [String], because reason: String) -> SystemCallRow {
        SystemCallRow(names: names, cases: [[]], action: .refuse, reason: reason)
    }

    static func refuse(
        _ names: String...,
        inCases cases: [[ArgumentCondition]],
        because reason: String
    ) -> SystemCallRow {
        SystemCallRow(names: names, cases: cases, action: .refuse, reason: reason)
    }

    static func refuse(_ name: String, argument: Int, isOneOf values: [UInt64], because reason: String) -> SystemCallRow
    {
        SystemCallRow(names: [name], cases: values.map { [.equal(argument, $0)] }, action: .refuse, reason: reason)
    }

    static func refuse(_ name: String, argument: Int, hasBit bits: [UInt64], because reason: String) -> SystemCallRow {
        SystemCallRow(
            names: [name],
            cases: bits.map { [.masked(argument, mask: $0, value: $0)] },
            action: .refuse,
            reason: reason
        )
    }

    static func fail(_ name: String, with code: Int32, because reason: String) -> SystemCallRow {
        SystemCallRow(names: [name], cases: [[]], action: .fail(code), reason: reason)
    }

    static func kill(_ names: String..., because reason: String) -> SystemCallRow {
        SystemCallRow(names: names, cases: [[]], action: .kill, reason: reason)
    }
}
