import CPython
import PythonRuntime

/// Guards the `eval` and `exec` that library code calls.
///
/// A task can choose the text that some library code evaluates: an annotation, the name of a field, an argument. CPython
/// runs the text with the interpreter's own built-ins, because those are the caller's. For the code in ``TextEvaluators``
/// the guard runs it with a task's built-ins, and with only those values of the given namespaces that a task may see. Text
/// of all other library code, and text that runs while a library is imported, is the library's own.
final class EvaluatorGuard {
    private let context: PolicyContext
    private let views: ModuleViews
    /// The original functions that the guard replaced. They live as long as the process.
    private var eval: BorrowedReference?
    private var exec: BorrowedReference?
    /// A module with a task's built-ins, for text that names the module `builtins`. Made when it is needed.
    private var builtinsModule: ModuleObject?

    init(_ context: PolicyContext, _ views: ModuleViews) {
        self.context = context
        self.views = views
    }

    func install() throws(PythonException) {
        let builtins = self.context.realBuiltins
        self.eval = unsafe try MethodPatch.replaceBuiltin("eval", in: builtins) { _, arguments, count, keywords in
            PolicyGuard.answering { (policy) throws(PythonException) in
                let call = unsafe EvaluatorCall(arguments, count, keywords)
                return try policy.evaluators.evaluate(policy.evaluators.eval, call, use: .copiedGlobals)
            }
        }
        self.exec = unsafe try MethodPatch.replaceBuiltin("exec", in: builtins) { _, arguments, count, keywords in
            PolicyGuard.answering { (policy) throws(PythonException) in
                let call = unsafe EvaluatorCall(arguments, count, keywords)
                return try policy.evaluators.evaluate(policy.evaluators.exec, call, use: .filledGlobals)
            }
        }
    }

    /// Calls the original function with filtered namespaces.
    ///
    /// - Parameters:
    ///   - original: The interpreter's own `eval` or `exec`.
    ///   - call: The call that library code made.
    ///   - use: The use of the globals if the call has no locals.
    /// - Returns: What the original returned.
    /// - Throws: What the text or CPython raised.
    private func evaluate(
        _ original: BorrowedReference?,
        _ call: EvaluatorCall,
        use: EvaluationNamespace.Use
    ) throws(PythonException) -> PythonReference {
        guard let original else { return .none }
        guard self.isCallersText, let source = call.argument(0), call.count <= 3,
            CodeObject(source).map({ self.context.libraries.origin(of: $0) == nil }) ?? true,
            let own = CallingFrame()?.globals
        else { return try call.pass(to: original) }
        var given = (globals: call.argument(1), locals: call.argument(2))
        // If both are one dictionary, it is passed only as globals, as for the text of a module: functions find names
        // that the text defines only among the globals.
        if given.locals == given.globals { given.locals = nil }
        let globals = unsafe try EvaluationNamespace(
            given.globals ?? own.borrowed,
            given.locals == nil ? use : .copiedGlobals,
            variables: try self.bodyVariables(given.globals, given.locals),
            self
        )
        guard given.locals != nil || given.globals == nil else {
            let result = unsafe try call.pass(to: original, [source, globals.seen.borrowed])
            try globals.writeBack()
            return result
        }
        // The text gets a copy of the variables of a frame, so that it cannot change them.
        let locals = unsafe try PythonReference(
            checking: given.locals.map { unsafe CPython_Locals_copied($0.owned.release()) } ?? CPython_Eval_locals()
        )
        let inner = unsafe try EvaluationNamespace(locals.borrowed, .locals, self)
        let result = unsafe try call.pass(to: original, [source, globals.seen.borrowed, inner.seen.borrowed])
        try inner.writeBack()
        return result
    }

    // MARK: Callers

    /// Whether the text that the innermost frame evaluates may have been chosen by a caller. False for a task's frame:
    /// a task has `eval` and `exec` only if the operator allowed them, and its text runs with the task's built-ins
    /// already.
    var isCallersText: Bool {
        guard !self.context.isCalledByTask, let frame = CallingFrame(), let globals = frame.globals,
            let name = unsafe DictionaryObject(globals.borrowed)?[self.context.names.name],
            let module = try? PythonText.string(name),
            self.context.imports.isStandard(module)
                || TextEvaluators.contain(module: module, function: frame.functionName)
        else { return false }
        return !self.isWithinImport
    }

    /// Whether library code runs for the import of a library module: the body of such a module is on the stack, and no
    /// frame of a task is below it.
    ///
    /// A finaliser or the callback of a weak reference runs wherever an object is freed, also in the body of a module. One
    /// that is a C function of a task may call a function of the standard library. So what C code calls there is not part
    /// of the import, but for the functions by which classes are made.
    var isWithinImport: Bool {
        guard var frame = InnermostFrame() else { return false }
        while frame.builtins != self.context.builtins.object, let code = CodeObject(frame.code) {
            let isModule = PythonText.equals(code.name, "<module>")
            if isModule || frame.isCalledByC {
                let origin = self.context.libraries.origin(of: code)
                if isModule, frame.builtins == self.context.realBuiltins.object, origin != nil { return true }
                if frame.isCalledByC, case .standard? = origin,
                    !Self.classMakers.contains(where: { PythonText.equals(code.name, $0) })
                {
                    return false
                }
            }
            guard let caller = frame.caller else { return false }
            frame = caller
        }
        return false
    }

    /// The functions that C code calls to make a class.
    private static let classMakers: [StaticString] = ["__new__", "__init_subclass__", "__prepare__", "__set_name__"]

    // MARK: Namespaces

    /// The variables of the task's body, if one of the given namespaces is that of the task's module. The body is
    /// compiled as a function, so they are local variables, but the author expects variables of the module.
    private func bodyVariables(
        _ globals: BorrowedReference?,
        _ locals: BorrowedReference?
    ) throws(PythonException) -> PythonReference? {
        guard [globals, locals].contains(where: self.isMain) else { return nil }
        return try self.bodyVariables()
    }

    /// The variables of the task's body; nil if it is not running.
    func bodyVariables() throws(PythonException) -> PythonReference? {
        guard var frame = CallingFrame() else { return nil }
        while !PythonText.equals(frame.code.name, "<module>") || !frame.hasBuiltins(self.context.builtins) {
            guard let caller = frame.caller() else { return nil }
            frame = caller
        }
        return try frame.locals()
    }

    /// Whether a namespace is that of the task's module, or a copy, as `typing` makes one for a generic class.
    private func isMain(_ namespace: BorrowedReference?) -> Bool {
        guard let namespace, let main = self.context.loadedModule("__main__")?.namespace else { return false }
        if namespace == main.object { return true }
        guard let name = main[self.context.names.name] else { return false }
        return self.context.isTaskNamespace(namespace)
            && DictionaryObject(namespace)?[self.context.names.name] == name
    }

    /// A namespace to evaluate text in. For a task's namespace it is the given one, for a module's namespace a copy of
    /// the module's view, and otherwise a filtered copy with the task's built-ins.
    func namespace(for given: BorrowedReference) throws(PythonException) -> PythonReference {
        // Locals may be any mapping, not only a dict; such an object comes from the task.
        guard let dictionary = DictionaryObject(given) else { return given.owned }
        // A library that ran text in a task's namespace may have added values to it.
        if self.context.isTaskNamespace(given), try self.isPlain(dictionary) { return given.owned }
        let copy = try PythonReference.dictionary()
        if let module = self.module(of: dictionary) {
            try self.copyVisible(of: module, to: copy)
        } else {
            // The references are owned: making a view allocates, so the garbage collector may run finalisers that change
            // the dictionary.
            for (borrowedKey, borrowedValue) in dictionary.entries where borrowedKey.isExactString {
                let key = borrowedKey.owned
                let value = borrowedValue.owned
                guard let visible = unsafe try self.visible(value.borrowed) else { continue }
                unsafe try copy.dictionary.set(visible, for: key)
            }
        }
        unsafe try copy.dictionary.set(self.context.builtins.object, for: self.context.names.builtins)
        // Text that a package generates may ask for its own variables, as mako's does.
        let locals = unsafe try PythonFunction.make("locals", Self.localsFunction)
        if unsafe copy.dictionary["locals"] == nil { unsafe try copy.dictionary.set(locals, for: "locals") }
        return copy
    }

    /// A namespace that library code asks for and may pass to code of the task: a copy of what a task sees of it, with the
    /// variables of the task's body and without built-ins.
    func namespaceToPass(for given: BorrowedReference) throws(PythonException) -> PythonReference {
        let seen = try self.namespace(for: given)
        let copy = unsafe try seen.dictionary.copy()
        if let variables = try self.bodyVariables(given, nil) {
            unsafe try checking(PyDict_Merge(copy.pointer, variables.pointer, 0))
        }
        if unsafe copy.dictionary[self.context.names.builtins] != nil {
            unsafe try copy.dictionary.remove("__builtins__")
        }
        return copy
    }

    /// Copies what text may see of a module. If the task may import the module, that is what its view has. Otherwise,
    /// for a module of a package, it is the classes, which annotations name. In both cases, the modules among its
    /// entries that the task may import are added.
    private func copyVisible(of module: ModuleObject, to copy: borrowing PythonReference) throws(PythonException) {
        let view = try self.views.visibleModule(module)
        if let view { unsafe try copy.dictionary.update(from: view.namespace) }
        let isOfPackage = !self.isStandard(module)
        for (borrowedKey, borrowedValue) in module.namespace.entries where borrowedKey.isExactString {
            let key = borrowedKey.owned
            let value = borrowedValue.owned
            guard unsafe value.borrowed.isModule || (view == nil && isOfPackage && value.borrowed.isType),
                unsafe copy.dictionary[key.borrowed] == nil,
                let visible = unsafe try self.visible(value.borrowed)
            else { continue }
            unsafe try copy.dictionary.set(visible, for: key)
        }
    }

    private func isStandard(_ module: ModuleObject) -> Bool {
        guard let name = module.namespace[self.context.names.name], name.isExactString,
            let text = try? PythonText.string(name)
        else { return true }
        return self.context.imports.isStandard(text)
    }

    /// `locals()` of evaluated text. It answers only frames with a task's built-ins: as a callback it would return the
    /// variables of the library function that calls it.
    private static let localsFunction: FastcallFunction = { _, arguments, count, keywords in
        PolicyGuard.answering { (policy) throws(PythonException) in
            _ = unsafe try CallArguments(arguments, count, keywords, of: "locals", 0...0)
            guard policy.context.isCalledByTask else {
                throw PythonException.make(.runtimeError, "locals() is for the text that calls it")
            }
            return unsafe try PythonReference(checking: CPython_Eval_locals())
        }
    }

    /// The value that a task may see in place of a value of library code; nil for none.
    private func visible(_ value: BorrowedReference) throws(PythonException) -> BorrowedReference? {
        guard value != self.context.realBuiltins.object else { return nil }
        guard let module = ModuleObject(value), self.isModuleNamespace(module.namespace) else {
            return try self.views.visibleValue(for: value)
        }
        // The text of a library may name a built-in by its module, as that of sympy's lambdify does.
        if module.namespace == self.context.realBuiltins { return try self.taskBuiltinsAsModule().object }
        return try self.views.liveView(of: module, forTextOf: self.evaluatingPackage)?.object
    }

    /// The top-level package of the library code that evaluates text; nil for a module of the standard library.
    private var evaluatingPackage: String? {
        guard let globals = CallingFrame()?.globals,
            let name = unsafe DictionaryObject(globals.borrowed)?[self.context.names.name],
            let module = try? PythonText.string(name), !self.context.imports.isStandard(module)
        else { return nil }
        return String(module.prefix { $0 != "." })
    }

    private func taskBuiltinsAsModule() throws(PythonException) -> ModuleObject {
        if let known = self.builtinsModule { return known }
        let title = try PythonText.interned("builtins")
        let made = unsafe try PythonReference(checking: PyModule_NewObject(title.pointer))
        guard let module = ModuleObject(made.leak()) else { preconditionFailure("a new module is a module") }
        for (key, value) in self.context.builtins.entries where key.isExactString {
            if try !PythonText.string(key).hasPrefix("__") { try module.namespace.set(value, for: key.owned) }
        }
        self.builtinsModule = module
        return module
    }

    /// What a task may see of a namespace, of a cell, or of a dictionary of values or cells. Any other object is returned
    /// unchanged.
    func filtered(_ value: consuming PythonReference) throws(PythonException) -> PythonReference {
        if unsafe value.borrowed.isCell { return unsafe try self.isVisible(value.borrowed) ? value : .none }
        guard let dictionary = unsafe DictionaryObject(value.borrowed) else { return value }
        if unsafe self.isModuleNamespace(dictionary) || self.context.isTaskNamespace(value.borrowed) {
            return unsafe try self.namespace(for: value.borrowed)
        }
        let copy = try PythonReference.dictionary()
        for (borrowedKey, borrowedEntry) in dictionary.entries {
            let key = borrowedKey.owned
            let entry = borrowedEntry.owned
            if unsafe try self.isVisible(entry.borrowed) { unsafe try copy.dictionary.set(entry, for: key) }
        }
        return copy
    }

    private func isVisible(_ value: BorrowedReference) throws(PythonException) -> Bool {
        guard value.isCell else { return try self.visible(value) == value }
        guard let contents = unsafe PyCell_Get(value.pointer) else { return true }
        let owner = unsafe PythonReference(owning: contents)
        return unsafe try self.visible(owner.borrowed) == owner.borrowed
    }

    /// Whether a dictionary is not a module's namespace, and has only values that a task may see.
    func isPlain(_ dictionary: DictionaryObject) throws(PythonException) -> Bool {
        guard !self.isModuleNamespace(dictionary) else { return false }
        for (_, value) in dictionary.entries {
            guard try self.visible(value) == value else { return false }
        }
        return true
    }

    /// Whether a dictionary is the namespace of a real module, rather than of a view or of the task's own module.
    func isModuleNamespace(_ dictionary: DictionaryObject) -> Bool {
        self.module(of: dictionary) != nil
    }

    private func module(of dictionary: DictionaryObject) -> ModuleObject? {
        guard !self.context.isTaskNamespace(dictionary.object) else { return nil }
        let entry = self.context.modules.entries.first { ModuleObject($0.value)?.namespace == dictionary }
        return entry.flatMap { ModuleObject($0.value) }
    }

    /// Whether a dictionary's `__builtins__` is missing or is a task's, so that a task's built-ins may be stored in it.
    func isOpenToTaskBuiltins(_ dictionary: DictionaryObject) -> Bool {
        let builtins = dictionary[self.context.names.builtins]
        return builtins == nil || builtins == self.context.builtins.object
    }

    /// Puts a task's built-ins into a namespace.
    func setTaskBuiltins(in dictionary: DictionaryObject) throws(PythonException) {
        try dictionary.set(self.context.builtins.object, for: self.context.names.builtins)
    }

    /// Whether the calling code runs for the import of the library module that has the given namespace: the body of
    /// that module has called it, directly or through functions of the calling code's file.
    func isImporting(namespace: BorrowedReference) -> Bool {
        guard var frame = CallingFrame() else { return false }
        var chain = InnermostFrame()
        let file = frame.fileName
        while frame.functionName != "<module>", frame.fileName == file {
            // What C code calls may be a finaliser that interrupts the body.
            guard let innermost = chain, !innermost.isCalledByC, let caller = frame.caller() else { return false }
            frame = caller
            chain = innermost.caller
        }
        guard frame.functionName == "<module>", frame.hasBuiltins(self.context.realBuiltins),
            self.context.libraries.origin(of: frame.code) != nil, let globals = frame.globals
        else { return false }
        return globals.isSame(as: namespace)
    }
}

/// A call of `eval` or `exec`. Borrowed from the call.
@safe
private struct EvaluatorCall {
    private let arguments: UnsafePointer<PyPointer?>?
    let count: Int
    private let keywords: PyPointer?

    @unsafe
    init(_ arguments: UnsafePointer<PyPointer?>?, _ count: Py_ssize_t, _ keywords: PyPointer?) {
        unsafe self.arguments = unsafe arguments
        self.count = count
        unsafe self.keywords = unsafe keywords
    }

    /// The names of the namespaces, by which they can be passed from CPython 3.13 on.
    private static let namespaces: [StaticString] = ["globals", "locals"]

    /// The names of the arguments that follow the positional ones.
    private var names: [BorrowedReference] {
        unsafe BorrowedReference(self.keywords).flatMap { TupleObject($0) }.map { Array($0) } ?? []
    }

    /// The text at index 0, the globals at 1 or the locals at 2; nil for what is missing, and for None at an index above 0.
    func argument(_ index: Int) -> BorrowedReference? {
        var position: Int? = index
        if index >= self.count {
            position = self.names.firstIndex { index > 0 && PythonText.equals($0, Self.namespaces[index - 1]) }
                .map { self.count + $0 }
        }
        guard let position, let value = unsafe BorrowedReference(self.arguments?[position] ?? nil),
            !value.isNone || index == 0
        else { return nil }
        return value
    }

    /// Calls the original with the unchanged arguments.
    func pass(to original: BorrowedReference) throws(PythonException) -> PythonReference {
        unsafe try PythonReference(
            checking: PyObject_Vectorcall(original.pointer, self.arguments, self.count, self.keywords)
        )
    }

    /// Calls the original with other namespaces.
    func pass(
        to original: BorrowedReference,
        _ arguments: [BorrowedReference]
    ) throws(PythonException) -> PythonReference {
        var pointers: [PyPointer?] = unsafe arguments.map { unsafe $0.pointer }
        var names: [BorrowedReference] = []
        for (index, name) in self.names.enumerated()
        where !Self.namespaces.contains(where: { PythonText.equals(name, $0) }) {
            names.append(name)
            unsafe pointers.append(self.arguments?[self.count + index] ?? nil)
        }
        let keywords = try PythonReference.tuple(names)
        return unsafe try PythonReference(
            checking: PyObject_Vectorcall(original.pointer, &pointers, arguments.count, keywords.pointer)
        )
    }
}
