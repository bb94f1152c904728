public import CPython

/// A borrowed reference to a Python object: this value does not keep the object alive.
///
/// Code that creates a value from a C pointer or from a ``PythonReference`` is marked `unsafe` and must know the
/// object's owner: an argument of the call, a value with a name, or a container that does not change meanwhile. After
/// that the value is used without `unsafe`. Code that runs Python, which may change a container, must take a
/// ``PythonReference`` first.
@safe
public struct BorrowedReference: Equatable, Hashable {
    /// The pointer to the object, for calls of the C API.
    public let pointer: PyPointer

    /// Borrows the object behind a C pointer. The object's owner must outlive the use of this value.
    @unsafe @inlinable
    public init(_ pointer: PyPointer) {
        unsafe self.pointer = unsafe pointer
    }

    /// Borrows the object behind a C pointer; nil for NULL.
    @unsafe @inlinable
    public init?(_ pointer: PyPointer?) {
        guard let pointer = unsafe pointer else { return nil }
        unsafe self.pointer = unsafe pointer
    }

    /// Borrows a type as an object.
    @unsafe @inlinable
    public init(_ type: UnsafeMutablePointer<PyTypeObject>) {
        unsafe self.pointer = UnsafeMutableRawPointer(type).assumingMemoryBound(to: PyObject.self)
    }

    /// Whether both are the same object.
    @inlinable
    public static func == (left: BorrowedReference, right: BorrowedReference) -> Bool {
        unsafe left.pointer == right.pointer
    }

    @inlinable
    public func hash(into hasher: inout Hasher) {
        unsafe hasher.combine(self.pointer)
    }

    /// A new owned reference to the same object.
    @inlinable
    public var owned: PythonReference {
        unsafe PythonReference(borrowing: self.pointer)
    }

    /// Whether the object is Python's `None`.
    @inlinable public var isNone: Bool { unsafe self.pointer == CPython_None() }

    // The singletons live as long as the process.
    public static var none: BorrowedReference { unsafe BorrowedReference(CPython_None()) }
    public static var `true`: BorrowedReference { unsafe BorrowedReference(CPython_True()) }
    public static var `false`: BorrowedReference { unsafe BorrowedReference(CPython_False()) }

    /// The object's C structure. The caller must know that the object has this structure.
    @unsafe @inlinable
    public func layout<Structure>(as structure: Structure.Type) -> UnsafeMutablePointer<Structure> {
        unsafe UnsafeMutableRawPointer(self.pointer).assumingMemoryBound(to: structure)
    }
}

extension PythonReference {
    /// The same object, borrowed. The borrowed reference is valid as long as this value lives: until the end of the
    /// scope if the value has a name. A value without a name may be released before the call that its borrowed reference
    /// is passed to.
    @unsafe @inlinable
    public var borrowed: BorrowedReference { unsafe BorrowedReference(self.pointer) }

    /// Whether the object is Python's `None`.
    public var isNone: Bool { unsafe self.borrowed.isNone }

    /// Whether both references are to the same object.
    public func isSame(as object: BorrowedReference) -> Bool { unsafe self.borrowed == object }

    /// Whether both references are to the same object.
    public func isSame(as object: borrowing PythonReference) -> Bool { unsafe self.borrowed == object.borrowed }
}
