public import CPython

/// Tests for built-in types. They use the object's real type and ignore `__class__`. Properties without "exact" in their
/// name include subclasses.
extension BorrowedReference {
    /// The object's type.
    @inlinable public var type: TypeObject { unsafe TypeObject(CPython_TYPE(self.pointer)) }

    @inlinable public var isString: Bool { unsafe CPython_Unicode_Check(self.pointer) != 0 }
    @inlinable public var isExactString: Bool { unsafe CPython_Unicode_CheckExact(self.pointer) != 0 }
    @inlinable public var isBytes: Bool { unsafe CPython_Bytes_Check(self.pointer) != 0 }
    @inlinable public var isInteger: Bool { unsafe CPython_Long_Check(self.pointer) != 0 }
    @inlinable public var isExactInteger: Bool { unsafe CPython_Long_CheckExact(self.pointer) != 0 }
    @inlinable public var isFloat: Bool { unsafe CPython_Float_Check(self.pointer) != 0 }
    @inlinable public var isList: Bool { unsafe CPython_List_Check(self.pointer) != 0 }
    @inlinable public var isExactList: Bool { unsafe CPython_List_CheckExact(self.pointer) != 0 }
    @inlinable public var isTuple: Bool { unsafe CPython_Tuple_Check(self.pointer) != 0 }
    @inlinable public var isDictionary: Bool { unsafe CPython_Dict_Check(self.pointer) != 0 }
    @inlinable public var isExactDictionary: Bool { unsafe CPython_Dict_CheckExact(self.pointer) != 0 }
    @inlinable public var isSet: Bool { unsafe CPython_AnySet_Check(self.pointer) != 0 }
    @inlinable public var isModule: Bool { unsafe CPython_Module_Check(self.pointer) != 0 }
    @inlinable public var isType: Bool { unsafe CPython_Type_Check(self.pointer) != 0 }
    @inlinable public var isFunction: Bool { unsafe CPython_Function_Check(self.pointer) != 0 }
    /// Whether the object is a function or bound method implemented in C.
    @inlinable public var isBuiltinFunction: Bool { unsafe CPython_CFunction_Check(self.pointer) != 0 }
    @inlinable public var isCode: Bool { unsafe CPython_Code_Check(self.pointer) != 0 }
    @inlinable public var isCell: Bool { unsafe self.type.pointer == CPython_Cell_Type() }
    @inlinable public var isFrame: Bool { unsafe CPython_Frame_Check(self.pointer) != 0 }
    @inlinable public var isTraceback: Bool { unsafe CPython_TraceBack_Check(self.pointer) != 0 }
    @inlinable public var isException: Bool { unsafe CPython_ExceptionInstance_Check(self.pointer) != 0 }

    /// The value of an `int` or of an instance of a subclass.
    ///
    /// - Throws: A `TypeError` for any other object, an `OverflowError` for a value that does not fit.
    public func integer() throws(PythonException) -> Int {
        let value = unsafe PyLong_AsLong(self.pointer)
        if value == -1, PythonException.isPending { throw PythonException.takePending() }
        return value
    }

    /// The value of an exact `int`; nil if the object is not an exact `int`, or if the value does not fit.
    public var smallInteger: Int? {
        guard self.isExactInteger else { return nil }
        var overflow: Int32 = 0
        let value = unsafe PyLong_AsLongAndOverflow(self.pointer, &overflow)
        return overflow == 0 ? value : nil
    }
}

/// The tests of ``BorrowedReference`` for an owned object.
extension PythonReference {
    public var isString: Bool { unsafe self.borrowed.isString }
    public var isExactList: Bool { unsafe self.borrowed.isExactList }
    public var isList: Bool { unsafe self.borrowed.isList }
    public var isDictionary: Bool { unsafe self.borrowed.isDictionary }
    public var isModule: Bool { unsafe self.borrowed.isModule }
    public var isException: Bool { unsafe self.borrowed.isException }
    public var isTraceback: Bool { unsafe self.borrowed.isTraceback }

    /// Whether the object's real type is exactly `type`, and not a subclass.
    public func hasType(_ type: borrowing PythonReference) -> Bool { unsafe self.borrowed.type.object == type.borrowed }

    /// Whether the object's real type is exactly `type`, and not a subclass.
    public func hasType(_ type: TypeObject) -> Bool { unsafe self.borrowed.type == type }
}
