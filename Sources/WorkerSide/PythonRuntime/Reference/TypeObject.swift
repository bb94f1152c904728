public import CPython

/// A borrowed reference to a type.
@safe
public struct TypeObject: Equatable {
    /// The type's C structure.
    public let pointer: UnsafeMutablePointer<PyTypeObject>

    @unsafe @inlinable
    public init(_ pointer: UnsafeMutablePointer<PyTypeObject>) {
        unsafe self.pointer = unsafe pointer
    }

    /// Nil if the object is not a type.
    public init?(_ object: BorrowedReference) {
        guard object.isType else { return nil }
        unsafe self.pointer = unsafe object.layout(as: PyTypeObject.self)
    }

    @inlinable
    public static func == (left: TypeObject, right: TypeObject) -> Bool {
        unsafe left.pointer == right.pointer
    }

    // Built-in types live as long as the process.
    @inlinable public static var type: TypeObject { unsafe TypeObject(CPython_Type_Type()) }
    @inlinable public static var baseObject: TypeObject { unsafe TypeObject(CPython_BaseObject_Type()) }
    @inlinable public static var string: TypeObject { unsafe TypeObject(CPython_Unicode_Type()) }
    @inlinable public static var integer: TypeObject { unsafe TypeObject(CPython_Long_Type()) }
    @inlinable public static var float: TypeObject { unsafe TypeObject(CPython_Float_Type()) }
    @inlinable public static var boolean: TypeObject { unsafe TypeObject(CPython_Bool_Type()) }
    @inlinable public static var list: TypeObject { unsafe TypeObject(CPython_List_Type()) }
    @inlinable public static var dictionary: TypeObject { unsafe TypeObject(CPython_Dict_Type()) }

    /// The type as an object.
    @inlinable public var object: BorrowedReference { unsafe BorrowedReference(self.pointer) }

    /// The name in the C structure. It includes the module for types that extension modules define in C, but not for
    /// built-in types and classes of Python code.
    public var cName: String { unsafe String(cString: self.pointer.pointee.tp_name) }

    /// Whether the type was created at run time, by a class statement or by `PyType_FromSpec`.
    var isHeapType: Bool { unsafe self.pointer.pointee.tp_flags & UInt(CPython_TypeFlag_heap()) != 0 }

    /// The type's own dictionary, without those of its bases.
    public var dictionary: DictionaryObject? {
        unsafe BorrowedReference(CPython_Type_dictionary(self.pointer)).map { unsafe DictionaryObject(unchecked: $0) }
    }

    /// The type and its bases, in the order in which attributes are looked up.
    public var bases: TupleObject? {
        unsafe BorrowedReference(self.pointer.pointee.tp_mro).map { unsafe TupleObject(unchecked: $0) }
    }

    /// The value that the type or one of its bases has for a name; nil if there is none. No code of a metaclass runs.
    public func lookUp(_ name: BorrowedReference) -> BorrowedReference? {
        unsafe BorrowedReference(CPython_Type_lookup(self.pointer, name.pointer))
    }
}
