import CPython

/// A table from Python objects to values, which compares the objects by identity.
///
/// The table owns a reference to each object in it and never releases it, because the address of a freed object may
/// become the address of another one.
public struct IdentityTable<Value> {
    private var values: [BorrowedReference: Value] = [:]

    public init() {}

    public var count: Int { self.values.count }

    /// The value for an object; nil if the object is not in the table.
    public subscript(object: BorrowedReference) -> Value? {
        self.values[object]
    }

    /// Sets the value for an object, and keeps the object alive from then on.
    public mutating func set(_ value: Value, for object: BorrowedReference) {
        if self.values.updateValue(value, forKey: object) == nil { object.owned.leak() }
    }

    /// The first value whose object satisfies `predicate`, in no particular order.
    public func first(where predicate: (BorrowedReference) -> Bool) -> Value? {
        self.values.first { predicate($0.key) }?.value
    }
}
