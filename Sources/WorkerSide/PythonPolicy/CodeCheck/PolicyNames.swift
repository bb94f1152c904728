import CPython
import PythonRuntime
import Tasks

/// The names that the policy looks for, as Python strings that live as long as the process.
///
/// CPython's compiler interns the names of a code object, so names from code are compared by pointer. Other names are
/// compared by their text, with a dictionary.
struct PolicyNames {
    /// The policy's rules that apply to a name in code.
    struct Marks: OptionSet {
        let rawValue: UInt8
        static let refusedAttribute = Marks(rawValue: 1)
        static let refusedName = Marks(rawValue: 2)
        static let deniedBuiltin = Marks(rawValue: 4)
    }

    /// The refused attributes: a dict from name to True.
    private let refusedAttributes: DictionaryObject
    /// The marks of each name; the key is the interned string.
    private let marks: IdentityTable<Marks>
    private let reasons: [String: String]
    /// Whether `class` statements are refused. They call the built-in `__build_class__`, which can be denied.
    let deniesClasses: Bool
    let builtins: BorrowedReference
    let name: BorrowedReference
    let path: BorrowedReference
    let getattr: BorrowedReference
    let module: BorrowedReference
    let wrapped: BorrowedReference
    /// The functions that import a module by its name.
    let importers: [BorrowedReference]

    init(policy: TaskPolicy, isOpen: Bool) throws(PythonException) {
        let refused = unsafe DictionaryObject(unchecked: try PythonReference.dictionary().leak())
        var marks = IdentityTable<Marks>()
        func add(_ mark: Marks, to name: BorrowedReference) {
            marks.set((marks[name] ?? []).union(mark), for: name)
        }
        var reasons: [String: String] = [:]
        for attribute in RefusedAttributeName.all where !isOpen {
            let name = try PythonText.interned(attribute.name).leak()
            try refused.set(BorrowedReference.true, for: name)
            reasons[attribute.name.description] = attribute.reason
            add(.refusedAttribute, to: name)
        }
        for attribute in RefusedAttributeName.names where !isOpen {
            let name = try PythonText.interned(attribute.name).leak()
            reasons[attribute.name.description] = attribute.reason
            add(.refusedName, to: name)
        }
        for builtin in policy.builtinsDeny {
            add(.deniedBuiltin, to: try PythonText.internedText(builtin).leak())
        }
        self.refusedAttributes = refused
        self.marks = marks
        self.reasons = reasons
        self.deniesClasses = policy.builtinsDeny.contains("__build_class__")
        self.builtins = try PythonText.interned("__builtins__").leak()
        self.name = try PythonText.interned("__name__").leak()
        self.path = try PythonText.interned("__path__").leak()
        self.getattr = try PythonText.interned("__getattr__").leak()
        self.module = try PythonText.interned("__module__").leak()
        self.wrapped = try PythonText.interned("__wrapped__").leak()
        self.importers = [
            try PythonText.interned("__import__").leak(), try PythonText.interned("import_module").leak(),
        ]
    }

    /// The rules that apply to a name from a code object's table of names.
    func marks(of interned: BorrowedReference) -> Marks {
        self.marks[interned] ?? []
    }

    /// Why an attribute or name is refused; nil if it is not refused.
    func reason(for name: String) -> String? {
        self.reasons[name]
    }

    /// Whether the attribute of that name is refused. Callers pass an exact `str`, because a subclass could override the
    /// hash and equality that the dictionary uses.
    func isRefused(attribute name: BorrowedReference) -> Bool {
        self.refusedAttributes[name] != nil
    }

    /// Whether the attribute of that name is refused.
    func isRefused(attribute name: borrowing PythonReference) -> Bool {
        unsafe self.isRefused(attribute: name.borrowed)
    }
}
