public import CPython

/// A borrowed reference to a `tuple`. Its elements are borrowed from the tuple, which is immutable and owns them.
@safe
public struct TupleObject: RandomAccessCollection {
    public let object: BorrowedReference

    /// Nil if the object is not a `tuple`.
    @inlinable
    public init?(_ object: BorrowedReference) {
        guard object.isTuple else { return nil }
        self.object = object
    }

    /// Wraps an object that CPython guarantees to be a `tuple`, such as a field of one of its structures.
    @unsafe @inlinable
    public init(unchecked object: BorrowedReference) {
        self.object = object
    }

    @inlinable public var startIndex: Int { 0 }
    @inlinable public var endIndex: Int { unsafe CPython_Tuple_GET_SIZE(self.object.pointer) }

    @inlinable
    public subscript(index: Int) -> BorrowedReference {
        precondition(index >= 0 && index < self.endIndex, "a tuple has no element of that index")
        // Safety: the precondition checked the index.
        return unsafe BorrowedReference(CPython_Tuple_GET_ITEM(self.object.pointer, index))
    }
}
