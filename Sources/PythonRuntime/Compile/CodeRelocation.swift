import CPython

/// Takes the traces of the wrapper out of freshly compiled code, so that it looks as if it had been compiled on its own.
///
/// The code objects are changed in place, which is sound only because nothing has run or hashed them yet: line tables
/// hold differences to `co_firstlineno`, so lowering it moves every line of the code object.
@safe
struct CodeRelocation {
    /// How many lines the text began too late.
    let lineShift: Int32
    /// What the qualified names of nested functions and classes begin with.
    let prefix: String

    /// Equal code objects are shared between the places that use them: change each once.
    private var visited: Set<UInt> = []

    init(lineShift: Int32, wrapper: String) {
        self.lineShift = lineShift
        self.prefix = wrapper + ".<locals>."
    }

    /// Relocates the body of the wrapper and names it as Python names the code of a module.
    mutating func relocateBody(_ code: PyPointer) throws(PythonException) {
        try unsafe self.relocate(code)
        let name = try PythonText.interned("<module>")
        // Safety: a code object owns both names; the old ones are given back, the new ones are owned.
        unsafe UnsafeMutableRawPointer(code).withMemoryRebound(to: PyCodeObject.self, capacity: 1) { code in
            unsafe CPython_DECREF(code.pointee.co_name)
            unsafe code.pointee.co_name = name.duplicate().release()
            unsafe CPython_DECREF(code.pointee.co_qualname)
            unsafe code.pointee.co_qualname = name.duplicate().release()
        }
    }

    private mutating func relocate(_ object: PyPointer) throws(PythonException) {
        guard self.visited.insert(UInt(bitPattern: object)).inserted else { return }
        // Safety: the caller passes code objects only; PyCodeObject is their layout.
        let code = unsafe UnsafeMutableRawPointer(object).assumingMemoryBound(to: PyCodeObject.self)
        unsafe code.pointee.co_firstlineno -= self.lineShift
        let constants: PyPointer = unsafe code.pointee.co_consts
        let oldName = unsafe PythonReference(borrowing: code.pointee.co_qualname)
        let count = unsafe CPython_Tuple_GET_SIZE(constants)
        for index in 0..<count {
            let constant = unsafe CPython_Tuple_GET_ITEM(constants, index)
            if unsafe CPython_Code_Check(constant) != 0 { unsafe try self.relocate(constant) }
        }
        guard let newName = unsafe try self.withoutPrefix(oldName.pointer) else { return }
        // Safety: the code object owned the old name and owns the new one from here on.
        unsafe code.pointee.co_qualname = newName.duplicate().release()
        unsafe CPython_DECREF(oldName.pointer)
        // A class body stores its qualified name as a constant.
        for index in 0..<count {
            let constant = unsafe CPython_Tuple_GET_ITEM(constants, index)
            guard unsafe CPython_Unicode_CheckExact(constant) != 0,
                unsafe PyUnicode_Compare(constant, oldName.pointer) == 0
            else { continue }
            // Safety: the tuple owned the old constant, and owns the new one from here on.
            unsafe CPython_Tuple_SET_ITEM(constants, index, newName.duplicate().release())
            unsafe CPython_DECREF(constant)
        }
    }

    /// The name without the wrapper's prefix, interned; nil when it has none.
    private func withoutPrefix(_ name: PyPointer) throws(PythonException) -> PythonReference? {
        let length = self.prefix.utf8.count
        guard unsafe CPython_Unicode_LENGTH(name) > length else { return nil }
        for (index, byte) in self.prefix.utf8.enumerated()
        where unsafe CPython_Unicode_READ(name, index) != Py_UCS4(byte) {
            return nil
        }
        var result: PyPointer? = unsafe try PythonReference(
            checking: PyUnicode_Substring(name, length, CPython_Unicode_LENGTH(name))
        ).release()
        unsafe PyUnicode_InternInPlace(&result)
        return unsafe try PythonReference(checking: result)
    }
}
