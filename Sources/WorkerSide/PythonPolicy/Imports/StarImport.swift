import CPython
import PythonRuntime

/// The function behind `from m import *` in a task's body. CPython refuses the statement there, because the body is
/// compiled as a function. So ``SyntaxTreeCompiler`` turns it into an import of the module and a call of this function.
enum StarImport {
    /// Copies the public names of a module, which is the argument, into the globals of the calling frame.
    static let function: FastcallFunction = { _, arguments, count, keywords in
        PolicyGuard.answering { (policy) throws(PythonException) in
            let given = unsafe try CallArguments(arguments, count, keywords, of: "import *", 1...1)
            guard let globals = unsafe BorrowedReference(PyEval_GetGlobals()).flatMap({ DictionaryObject($0) }) else {
                throw PythonException.make(.systemError, "import * without a frame")
            }
            for name in try Self.names(of: given[0], policy) where name != "__builtins__" {
                let key = try PythonText.make(name)
                // A view leaves out what a task may not see.
                guard let value = try given[0].attributeIfPresent(key) else { continue }
                try globals.set(value, for: key)
            }
            return .none
        }
    }

    /// The names in the module's `__all__`; without it, all names that do not begin with an underscore. Submodules that
    /// `__all__` names are imported, as CPython does.
    private static func names(
        of module: BorrowedReference,
        _ policy: PolicyGuard
    ) throws(PythonException) -> [String] {
        guard let view = ModuleObject(module) else {
            return try Self.strings(in: try module.attributeIfPresent(try PythonText.interned("__all__")))
        }
        let title = view.namespace[policy.context.names.name]
        if let title, title.isExactString, !policy.context.isOpen,
            let real = try policy.views.realModule(named: title), let all = real.namespace["__all__"]
        {
            let names = try Self.strings(in: all.owned)
            if real.namespace[policy.context.names.path] != nil {
                try policy.imports.importMissing(names, below: try PythonText.string(title), view)
            }
            return names
        }
        if let all = try module.attributeIfPresent(try PythonText.interned("__all__")) {
            return try Self.strings(in: all)
        }
        var names: [String] = []
        for (key, _) in view.namespace.entries where key.isExactString {
            let name = try PythonText.string(key)
            if !name.hasPrefix("_") { names.append(name) }
        }
        return names
    }

    private static func strings(in sequence: consuming PythonReference?) throws(PythonException) -> [String] {
        guard let sequence else { return [] }
        let list = unsafe try PythonReference(checking: PySequence_List(sequence.pointer))
        var names: [String] = []
        for name in unsafe list.list where name.isString { names.append(try PythonText.string(name)) }
        return names
    }
}
