import CPython
import PythonRuntime

/// A view for text that a library runs on behalf of a task: it reads the module at each access.
///
/// A task's own view is a snapshot. The text of a library, such as the methods that attrs generates, reads variables of
/// its package that change later, so it needs their current values. A live view shows the same names as a view.
enum LiveView {
    /// Makes the live view of a module of a package.
    ///
    /// - Parameter name: The name under which the lists allow the module.
    /// - Returns: A module without entries, whose `__getattr__` reads the real module.
    /// - Throws: What CPython raised.
    static func make(named name: String) throws(PythonException) -> PythonReference {
        let title = try PythonText.make(name)
        let made = unsafe try PythonReference(checking: PyModule_NewObject(title.pointer))
        guard let view = unsafe ModuleObject(made.borrowed) else { preconditionFailure("a new module is a module") }
        for attribute: StaticString in ["__loader__", "__spec__", "__package__", "__doc__"]
        where view.namespace[attribute] != nil {
            try view.namespace.remove(attribute)
        }
        let function = unsafe try PythonFunction.make("__getattr__", receiver: title.borrowed, Self.attribute)
        try view.namespace.set(function, for: "__getattr__")
        return made
    }

    private static let attribute: FastcallFunction = { receiver, arguments, count, keywords in
        PolicyGuard.answering { (policy) throws(PythonException) in
            let given = unsafe try CallArguments(arguments, count, keywords, of: "__getattr__", 1...1)
            let attribute = try PythonText.exact(given[0])
            guard let title = unsafe BorrowedReference(receiver), let real = try policy.views.realModule(named: title)
            else { throw PythonException.make(.attributeError, "the module is not loaded any more") }
            let name = try PythonText.string(title)
            if let value = try policy.views.current(attribute, of: real, as: name) { return value }
            return try policy.imports.moduleAttribute(attribute, of: real, named: name)
        }
    }
}
