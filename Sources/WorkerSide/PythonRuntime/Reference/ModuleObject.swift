import CPython

/// A borrowed reference to a module.
@safe
public struct ModuleObject: Equatable {
    public let object: BorrowedReference

    /// Nil if the object is not a module.
    public init?(_ object: BorrowedReference) {
        guard object.isModule else { return nil }
        self.object = object
    }

    /// Nil if the argument is nil or is not a module.
    public init?(_ object: BorrowedReference?) {
        guard let object else { return nil }
        self.init(object)
    }

    /// Whether the module's class is the built-in `module` and not a subclass. Its attributes then are the entries of
    /// its namespace.
    public var isExactModule: Bool { unsafe self.object.type == TypeObject(CPython_Module_Type()) }

    /// The module's `__dict__`. Borrowed from the module.
    public var namespace: DictionaryObject {
        guard let dictionary = unsafe BorrowedReference(PyModule_GetDict(self.object.pointer)) else {
            preconditionFailure("a module without a namespace")
        }
        return unsafe DictionaryObject(unchecked: dictionary)
    }
}
