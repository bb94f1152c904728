import CPython

/// Removes the traces of the wrapper function from freshly compiled code, so that the code looks as if it had been
/// compiled without a wrapper.
///
/// The code objects are changed in place, through their C structure. This is safe only because they have not been run
/// or hashed yet. A line table holds offsets relative to `co_firstlineno`, so lowering that field moves every line of
/// the code object. From CPython 3.13 on, a class body stores its first line as `__firstlineno__`. That number stays as
/// it is, because other code of the class can share the constant. The compilers make one value for each module that
/// they compile.
struct CodeRelocation {
    /// The number of lines in front of the submitted code, which is subtracted from line numbers.
    private let lineShift: Int32
    /// The prefix that the wrapper adds to the qualified names of nested functions and classes.
    private let prefix: [UInt8]
    /// The code objects that have been changed. CPython shares equal code objects, and each must be changed only once.
    private var visited: Set<BorrowedReference> = []

    init(lineShift: Int32, wrapper: StaticString) {
        self.lineShift = lineShift
        self.prefix = Array("\(wrapper).<locals>.".utf8)
    }

    /// Relocates the body of the wrapper and names it as Python names the code of a module.
    mutating func relocateBody(_ code: CodeObject) throws(PythonException) {
        try self.relocate(code)
        let name = try PythonText.interned("<module>")
        let layout = unsafe code.layout
        // Safety: a code object owns both names; the references to the old ones are released, and those to the new ones
        // are owned.
        unsafe CPython_DECREF(layout.pointee.co_name)
        unsafe layout.pointee.co_name = name.duplicate().release()
        unsafe CPython_DECREF(layout.pointee.co_qualname)
        unsafe layout.pointee.co_qualname = name.duplicate().release()
    }

    private mutating func relocate(_ code: CodeObject) throws(PythonException) {
        guard self.visited.insert(code.object).inserted else { return }
        let layout = unsafe code.layout
        unsafe layout.pointee.co_firstlineno -= self.lineShift
        for nested in code.nested { try self.relocate(nested) }
        let oldName = code.qualifiedName.owned
        guard let newName = unsafe try self.withoutPrefix(oldName.borrowed) else { return }
        // Safety: the code object owned the old name and owns the new one from here on.
        unsafe layout.pointee.co_qualname = newName.duplicate().release()
        unsafe CPython_DECREF(oldName.pointer)
        // The body of a class stores its qualified name as a constant.
        let constants = code.constants
        for (index, constant) in constants.enumerated()
        where unsafe constant.isExactString && PythonText.equals(constant, oldName.borrowed) {
            // Safety: the tuple owned the old constant, and owns the new one from here on.
            unsafe CPython_Tuple_SET_ITEM(constants.object.pointer, index, newName.duplicate().release())
            unsafe CPython_DECREF(constant.pointer)
        }
    }

    /// The name without the wrapper's prefix, interned; nil when it has none.
    private func withoutPrefix(_ name: BorrowedReference) throws(PythonException) -> PythonReference? {
        guard let text = StringObject(name), text.count > self.prefix.count,
            zip(text, self.prefix).allSatisfy({ $0 == UInt32($1) })
        else { return nil }
        return try PythonText.interned(reference: try text.substring(self.prefix.count..<text.count))
    }
}
