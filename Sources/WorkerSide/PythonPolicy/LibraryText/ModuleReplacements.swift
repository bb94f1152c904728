import CPython
import PythonRuntime

/// Gives some library modules a `sys`, `builtins` or `ctypes` of their own. With the real module, their functions would
/// give a task access to whatever the task names: another module, a frame, or memory.
///
/// A replacement of `sys` has one entry of its own, and reads all others from the real module. That of `ctypes` has only the
/// types that the module uses. A replacement is in the namespace of a library module, which no task can reach.
final class ModuleReplacements {
    private enum Entry {
        /// A `sys` whose `modules` has only the task's own module, and a library module that is being imported.
        case taskModules
        /// A `sys` whose `modules` has only a stand-in for the module `warnings`, ``WarningsStandIn``.
        case warnings
        /// A `sys` whose `_getframe` returns an object with the variables that a task may see. It does so for the
        /// task's own frames, and for the frame that called the package.
        case framesOfCallers
        /// A `ctypes` with the entries that numpy's class for the address of an array uses.
        case typesOfArrays
        /// A `builtins` with a task's built-ins.
        case taskBuiltins

        /// The module that is replaced.
        var replaced: StaticString {
            switch self {
            case .taskModules, .warnings, .framesOfCallers: "sys"
            case .typesOfArrays: "ctypes"
            case .taskBuiltins: "builtins"
            }
        }
    }

    private struct Row {
        let module: StaticString
        let entry: Entry
        let reason: String
    }

    private static let all = [
        Row(
            module: "enum",
            entry: .taskModules,
            reason: "_convert_ reads, and global_enum writes, the namespace of the module that a caller names"
        ),
        Row(module: "warnings", entry: .warnings, reason: "catch_warnings keeps the module in an attribute"),
        Row(module: "_py_warnings", entry: .warnings, reason: "the same, from CPython 3.14 on"),
        Row(
            module: "annotationlib",
            entry: .taskBuiltins,
            reason: "a forward reference returns the built-in that it names, without evaluating text"
        ),
        Row(
            module: "pandas.core.computation.scope",
            entry: .framesOfCallers,
            reason: "the argument `level` selects the stack frame whose variables a query reads"
        ),
        Row(
            module: "formulaic.utils.context",
            entry: .framesOfCallers,
            reason: "the argument `context` selects the stack frame whose variables a formula reads"
        ),
        Row(
            module: "numpy.matrixlib.defmatrix",
            entry: .framesOfCallers,
            reason: "bmat reads variables that a text names in the frame of its caller"
        ),
        Row(
            module: "numpy.lib._index_tricks_impl",
            entry: .framesOfCallers,
            reason: "r_ and c_ read variables that a text names in the frame of their caller"
        ),
        Row(
            module: "numpy.lib.index_tricks",
            entry: .framesOfCallers,
            reason: "r_ and c_ read variables that a text names in the frame of their caller"
        ),
        Row(
            module: "numpy._core._internal",
            entry: .typesOfArrays,
            reason: "the value of ndarray.ctypes keeps the module in an attribute"
        ),
        Row(
            module: "numpy.core._internal",
            entry: .typesOfArrays,
            reason: "the value of ndarray.ctypes keeps the module in an attribute"
        ),
    ]
    /// The entries of ``Entry/typesOfArrays``.
    private static let typesOfArrays: [StaticString] = [
        "c_void_p", "c_char_p", "c_int", "c_long", "c_longlong", "c_ssize_t", "py_object", "POINTER", "cast",
    ]

    private let context: PolicyContext

    init(_ context: PolicyContext) {
        self.context = context
    }

    /// Stores the replacements in loaded modules that do not have them yet.
    func place() throws(PythonException) {
        for row in Self.all {
            let name = row.entry.replaced
            guard let namespace = self.context.loadedModule(row.module)?.namespace,
                let real = self.context.loadedModule(name), namespace[name] == real.object
            else { continue }
            let title = try PythonText.interned(name)
            let made = unsafe try PythonReference(checking: PyModule_NewObject(title.pointer))
            guard let replacement = unsafe ModuleObject(made.borrowed) else {
                preconditionFailure("a new module is a module")
            }
            try self.fill(replacement.namespace, for: row.entry, from: real.namespace)
            try namespace.set(made, for: name)
        }
    }

    private func fill(
        _ target: DictionaryObject,
        for entry: Entry,
        from real: DictionaryObject
    ) throws(PythonException) {
        switch entry {
        case .typesOfArrays:
            for name in Self.typesOfArrays {
                if let value = real[name] { try target.set(value, for: name) }
            }
            return
        case .taskBuiltins:
            return try target.update(from: self.context.builtins)
        case .taskModules:
            try target.set(try TaskModules.make(), for: "modules")
        case .warnings:
            let modules = try PythonReference.dictionary()
            try modules.setEntry("warnings", try WarningsStandIn.make())
            try target.set(modules, for: "modules")
        case .framesOfCallers:
            try target.set(unsafe try PythonFunction.make("_getframe", Self.getFrame), for: "_getframe")
        }
        try target.set(unsafe try PythonFunction.make("__getattr__", Self.systemAttribute), for: "__getattr__")
    }

    /// `__getattr__` of a replacement of `sys`. It reads the real module on each access, because the streams and other
    /// variables change.
    private static let systemAttribute: FastcallFunction = { _, arguments, count, keywords in
        PolicyGuard.answering { (policy) throws(PythonException) in
            let given = unsafe try CallArguments(arguments, count, keywords, of: "__getattr__", 1...1)
            guard let real = policy.context.loadedModule("sys") else {
                throw PythonException.make(.attributeError, "module 'sys' is not loaded")
            }
            return try real.object.attribute(given[0])
        }
    }

    // MARK: Frames

    private static let getFrame: FastcallFunction = { _, arguments, count, keywords in
        PolicyGuard.answering { (policy) throws(PythonException) in
            let given = unsafe try CallArguments(arguments, count, keywords, of: "_getframe", 0...1)
            let depth = count == 0 ? 0 : try given[0].integer()
            // A caller may ask for its own frame in order to read that frame's `f_back`.
            guard depth == 0 else { return try policy.modules.variables(atDepth: depth, policy) }
            let own = try policy.modules.emptyFrame()
            if policy.modules.isCaller(atDepth: 1) {
                try own.setAttribute("f_back", try policy.modules.variables(atDepth: 1, policy))
            }
            return own
        }
    }

    /// An object with the attributes `f_globals` and `f_locals` of the frame at a depth. The variables are filtered,
    /// because a library may return any of them to a task. The frame can be that of another library, if a task gave
    /// that library a C function that calls the package.
    private func variables(atDepth depth: Int, _ policy: PolicyGuard) throws(PythonException) -> PythonReference {
        guard self.isCaller(atDepth: depth), var frame = CallingFrame() else {
            throw PythonException.make(.valueError, "call stack is not deep enough")
        }
        for _ in 0..<depth {
            guard let caller = frame.caller() else {
                throw PythonException.make(.valueError, "call stack is not deep enough")
            }
            frame = caller
        }
        let result = try self.emptyFrame()
        guard let globals = frame.globals else { return result }
        let locals = try frame.locals()
        unsafe try result.setAttribute("f_globals", try policy.evaluators.namespaceToPass(for: globals.borrowed))
        unsafe try result.setAttribute("f_locals", try policy.evaluators.namespaceToPass(for: locals.borrowed))
        return result
    }

    private func emptyFrame() throws(PythonException) -> PythonReference {
        try PythonReference.importing("types").attribute("SimpleNamespace").call()
    }

    /// Whether the frame at a depth is one of a task, or the first one outside of the package of the innermost frame.
    private func isCaller(atDepth depth: Int) -> Bool {
        guard var frame = CallingFrame() else { return false }
        let package = self.package(of: frame)
        var framesOutside = 0
        for _ in 0..<max(depth, 0) {
            guard let caller = frame.caller() else { return false }
            frame = caller
            if framesOutside > 0 || self.package(of: frame) != package { framesOutside += 1 }
        }
        return framesOutside == 1 || frame.hasBuiltins(self.context.builtins)
    }

    private func package(of frame: borrowing CallingFrame) -> String? {
        guard let globals = frame.globals,
            let name = unsafe DictionaryObject(globals.borrowed)?[self.context.names.name],
            let text = try? PythonText.string(name)
        else { return nil }
        return String(text.prefix { $0 != "." })
    }
}
