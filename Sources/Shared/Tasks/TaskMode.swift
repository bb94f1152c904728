/// Whether the code of a task runs once for all items or once for each.
public enum TaskMode: UInt8, Sendable, CaseIterable {
    /// The code runs once and sees every item as `_items`.
    case allItems = 0
    /// The code runs once for each item and sees it as `_item`.
    case eachItem = 1

    /// The mode's name in the HTTP API.
    public var name: String {
        switch self {
        case .allItems: "all_items"
        case .eachItem: "each_item"
        }
    }

    /// The mode of that name in the HTTP API, if there is one.
    public init?(name: String) {
        guard let mode = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = mode
    }
}
