/// A module in a group of the standard library such as `@safe`, and the reason why it is in the group.
public struct GroupedModule: Equatable, Sendable {
    /// A top-level or dotted name. The name of a package includes its submodules.
    public var name: String
    /// The purpose of the module, and why it does no harm.
    public var reason: String

    public init(_ name: String, because reason: String) {
        self.name = name
        self.reason = reason
    }
}
