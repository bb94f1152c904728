public import CPython

/// A borrowed reference to a `str` as a collection of code points. They are read from its storage; no method of a
/// subclass is called.
@safe
public struct StringObject: RandomAccessCollection {
    public let object: BorrowedReference

    /// Nil if the object is not a `str`.
    @inlinable
    public init?(_ object: BorrowedReference) {
        guard object.isString else { return nil }
        self.object = object
    }

    @inlinable public var startIndex: Int { 0 }
    @inlinable public var endIndex: Int { unsafe CPython_Unicode_LENGTH(self.object.pointer) }

    /// The code point at an index.
    @inlinable
    public subscript(index: Int) -> UInt32 {
        precondition(index >= 0 && index < self.endIndex, "a str has no character of that index")
        // Safety: the precondition checked the index.
        return unsafe CPython_Unicode_READ(self.object.pointer, index)
    }

    /// A new `str` with a part of the characters.
    public func substring(_ range: Range<Int>) throws(PythonException) -> PythonReference {
        unsafe try PythonReference(
            checking: PyUnicode_Substring(self.object.pointer, range.lowerBound, range.upperBound)
        )
    }
}
