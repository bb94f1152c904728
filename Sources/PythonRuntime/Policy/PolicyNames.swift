import CPython
import Tasks

/// Names the policy looks for, as Python strings.
///
/// The compiler interns every name of a code object, so that there a comparison of pointers is enough; anywhere else the
/// dictionaries compare texts.
@safe
struct PolicyNames {
    /// What is said about a name of a code object.
    struct Marks: OptionSet {
        let rawValue: UInt8
        static let refusedAttribute = Marks(rawValue: 1)
        static let refusedName = Marks(rawValue: 2)
        static let deniedBuiltin = Marks(rawValue: 4)
    }

    /// The refused attributes: a dict from name to True.
    let refusedAttributes: PyPointer
    /// By interned string.
    private let marks: IdentityTable<Marks>
    private let reasons: [String: String]
    let builtins: PyPointer
    let name: PyPointer
    let path: PyPointer
    let getattr: PyPointer
    let module: PyPointer
    let wrapped: PyPointer
    /// The functions that import a module by its name.
    let importers: [PyPointer]
    /// Whether `class` statements are refused, because what makes classes is.
    let deniesClasses: Bool

    init(policy: TaskPolicy, isOpen: Bool) throws(PythonException) {
        let refused = try PythonReference.dictionary()
        var marks = IdentityTable<Marks>()
        func add(_ mark: Marks, to name: borrowing PythonReference) {
            unsafe marks.set((marks[name.pointer] ?? []).union(mark), for: name.pointer)
        }
        var reasons: [String: String] = [:]
        for attribute in RefusedAttribute.all where !isOpen {
            let name = try PythonText.interned(attribute.name)
            unsafe try checking(PyDict_SetItem(refused.pointer, name.pointer, CPython_True()))
            reasons[attribute.name.description] = attribute.reason
            add(.refusedAttribute, to: name)
        }
        for attribute in RefusedAttribute.names where !isOpen {
            let name = try PythonText.interned(attribute.name)
            reasons[attribute.name.description] = attribute.reason
            add(.refusedName, to: name)
        }
        for builtin in policy.builtinsDeny {
            add(.deniedBuiltin, to: try PythonText.internedText(builtin))
        }
        unsafe self.refusedAttributes = unsafe refused.release()
        self.marks = marks
        self.reasons = reasons
        unsafe self.builtins = unsafe try PythonText.interned("__builtins__").release()
        unsafe self.name = unsafe try PythonText.interned("__name__").release()
        unsafe self.path = unsafe try PythonText.interned("__path__").release()
        unsafe self.getattr = unsafe try PythonText.interned("__getattr__").release()
        unsafe self.module = unsafe try PythonText.interned("__module__").release()
        unsafe self.wrapped = unsafe try PythonText.interned("__wrapped__").release()
        unsafe self.importers = unsafe [
            try PythonText.interned("__import__").release(), try PythonText.interned("import_module").release(),
        ]
        self.deniesClasses = policy.builtinsDeny.contains("__build_class__")
    }

    /// What is said about a name out of a code object's table.
    func marks(of interned: PyPointer) -> Marks {
        unsafe self.marks[interned] ?? []
    }

    /// Why an attribute or name is refused.
    func reason(for name: String) -> String? {
        self.reasons[name]
    }

    /// Whether the attribute of that name is refused; the text counts, not what a subclass of `str` says of itself.
    func isRefused(attribute name: PyPointer) -> Bool {
        unsafe PyDict_GetItem(self.refusedAttributes, name) != nil
    }
}

extension PythonText {
    /// An interned `str` of a text made at run time. Lives as long as the interpreter.
    static func internedText(_ text: String) throws(PythonException) -> PythonReference {
        let made = try PythonText.make(text)
        var pointer: PyPointer? = unsafe made.release()
        // Safety: swaps the reference for one to the interned string of the same text.
        unsafe PyUnicode_InternInPlace(&pointer)
        return unsafe try PythonReference(checking: pointer)
    }

    /// The same text as an exact `str`: an object of a subclass may lie about itself in every method.
    static func exact(_ text: PyPointer) throws(PythonException) -> PythonReference {
        guard unsafe CPython_Unicode_Check(text) != 0 else {
            let type = unsafe CPython_TYPE(text)
            throw unsafe PythonException.make(
                CPython_Exc_TypeError(),
                unsafe "expected a str, not '\(String(cString: type.pointee.tp_name))'"
            )
        }
        return unsafe try PythonReference(checking: PyUnicode_FromObject(text))
    }
}
