/// A module that a group of the standard library names, and why it may be in that group.
public struct GroupedModule: Equatable, Sendable {
    /// A top-level or dotted name; a package stands for its submodules too.
    public var name: String
    /// What it is for, and why it does no harm.
    public var reason: String

    public init(_ name: String, because reason: String) {
        self.name = name
        self.reason = reason
    }
}
