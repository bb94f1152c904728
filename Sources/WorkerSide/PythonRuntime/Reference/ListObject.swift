import CPython

/// A borrowed reference to a `list`.
///
/// A returned element is valid only until the list changes. Code that runs Python in between must take an owned
/// reference.
@safe
public struct ListObject: Sequence {
    public let object: BorrowedReference

    /// Nil if the object is not a `list`.
    public init?(_ object: BorrowedReference) {
        guard object.isList else { return nil }
        self.object = object
    }

    /// The current size, read from the object on each access.
    public var count: Int { unsafe CPython_List_GET_SIZE(self.object.pointer) }

    public subscript(index: Int) -> BorrowedReference {
        precondition(index >= 0 && index < self.count, "a list has no element of that index")
        // Safety: the precondition checked the index.
        return unsafe BorrowedReference(CPython_List_GET_ITEM(self.object.pointer, index))
    }

    public func makeIterator() -> Iterator { Iterator(list: self) }

    /// Iterates by index. The size is read again at each step, so the list may change during the iteration.
    public struct Iterator: IteratorProtocol {
        fileprivate let list: ListObject
        private var index = 0

        fileprivate init(list: ListObject) {
            self.list = list
        }

        public mutating func next() -> BorrowedReference? {
            guard self.index < self.list.count else { return nil }
            defer { self.index += 1 }
            return self.list[self.index]
        }
    }
}
