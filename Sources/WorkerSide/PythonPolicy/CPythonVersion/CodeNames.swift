import CPython
import PythonRuntime

/// Finds which guarded names a code object has among its names and constants, and whether its own name is one of them.
/// The result is found once and stored with the code object, where Python code cannot read or change it.
struct CodeNames {
    /// The set of guarded names that a code object has.
    struct Found {
        fileprivate let bits: UInt

        /// Whether the code has the name among its names or constants.
        func contains(_ name: GuardedName) -> Bool { self.bits >> UInt(name.number) & 1 != 0 }

        /// Whether this name is that of the code's function. The getter of a property of that name usually has it.
        func isFunction(named name: GuardedName) -> Bool {
            self.bits >> Self.functionShift & 63 == UInt(name.number) + 1
        }

        fileprivate static let functionShift = UInt(GuardedNames.limit)
        fileprivate static let isKnown: UInt = 1 << 63
    }

    private let names: GuardedNames
    private let index: Py_ssize_t

    init(_ names: GuardedNames) throws(PythonException) {
        self.names = names
        self.index = CPython_Code_requestExtra()
        guard self.index >= 0 else {
            throw PythonException.make(.systemError, "this interpreter keeps no more values with code objects")
        }
    }

    /// The guarded names of a code object.
    func found(in code: BorrowedReference) -> Found {
        let known = unsafe UInt(bitPattern: CPython_Code_getExtra(code.pointer, self.index))
        if known & Found.isKnown != 0 { return Found(bits: known) }
        guard let object = CodeObject(code) else { return Found(bits: 0) }
        var bits = Found.isKnown
        for name in object.names { self.collect(name, depth: 0, into: &bits) }
        for constant in object.constants { self.collect(constant, depth: 0, into: &bits) }
        if let own = self.names.name(of: object.name) { bits |= UInt(own.number + 1) << Found.functionShift }
        // When memory is short, the value is not stored, and the next call computes it again.
        if unsafe CPython_Code_setExtra(code.pointer, self.index, Int(bitPattern: bits)) < 0 {
            PythonException.clearPending()
        }
        return Found(bits: bits)
    }

    private func collect(_ constant: BorrowedReference, depth: Int, into bits: inout UInt) {
        if let name = self.names.name(of: constant) {
            bits |= 1 << UInt(name.number)
        } else if let tuple = TupleObject(constant), depth < 8 {
            for element in tuple { self.collect(element, depth: depth + 1, into: &bits) }
        } else if constant.isSet {
            // If there is no memory for the list, the names in the set are left out, and the code may read fewer
            // attributes.
            guard let elements = try? constant.setElements() else { return }
            for element in unsafe elements.list { self.collect(element, depth: depth + 1, into: &bits) }
        }
    }
}
