/// The findings of a check: all constructs that the policy refuses, and advice.
public struct CheckReport: Equatable, Sendable {
    public var violations: [PolicyViolation]
    public var hints: [CodeHint]

    public init(violations: [PolicyViolation] = [], hints: [CodeHint] = []) {
        self.violations = violations
        self.hints = hints
    }
}
