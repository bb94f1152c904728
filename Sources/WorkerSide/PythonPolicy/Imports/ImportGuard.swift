import CPython
import PythonRuntime
import Tasks

/// Guards imports: the `__import__` of a task, which its `import` statements call.
///
/// Only the task's built-ins have this function, so imports of library code are not restricted. An import loads the real
/// module and returns a view of it.
final class ImportGuard {
    private let context: PolicyContext
    private let views: ModuleViews
    /// The first modules of packages that were loaded because the task names them.
    private(set) var loadedForTask: [String] = []
    private var rules: ImportRules { self.context.imports }

    init(_ context: PolicyContext, _ views: ModuleViews) {
        self.context = context
        self.views = views
    }

    /// The C function of `__import__(name, globals, locals, fromlist, level)`.
    static let importFunction: FastcallFunction = { _, arguments, count, keywords in
        PolicyGuard.answering { (policy) throws(PythonException) in
            let call = unsafe try ImportCall(arguments, count, keywords)
            return try policy.imports.importing(call)
        }
    }

    /// The C function of an `__import__` for library code that imports a module which its caller names: it returns the
    /// view of the outermost package.
    static let importViewFunction: FastcallFunction = { _, arguments, count, keywords in
        PolicyGuard.answering { (policy) throws(PythonException) in
            let call = unsafe try ImportCall(arguments, count, keywords)
            let name = try PythonText.string(try PythonText.exact(call.name))
            return try policy.imports.importWhole(name).top.owned
        }
    }

    /// The C function of `importlib.import_module(name, package=None)`.
    static let importModuleFunction: FastcallFunction = { _, arguments, count, keywords in
        PolicyGuard.answering { (policy) throws(PythonException) in
            let given = unsafe try CallArguments(arguments, count, keywords, of: "import_module", 1...2)
            let name = try PythonText.exact(given[0])
            return try policy.imports.importWhole(try PythonText.string(name)).tail.owned
        }
    }

    /// The C function of `__getattr__` of the view of a module that defines `__getattr__`. Its receiver is the module's
    /// name.
    static let moduleAttributeFunction: FastcallFunction = { receiver, arguments, count, keywords in
        PolicyGuard.answering { (policy) throws(PythonException) in
            let given = unsafe try CallArguments(arguments, count, keywords, of: "__getattr__", 1...1)
            let attribute = try PythonText.exact(given[0])
            guard let title = unsafe BorrowedReference(receiver), let real = try policy.views.realModule(named: title)
            else {
                throw policy.imports.missing(attribute, in: "module")
            }
            return try policy.imports.moduleAttribute(attribute, of: real, named: try PythonText.string(title))
        }
    }

    /// The value of an attribute of a module whose view does not have it, or an `AttributeError`.
    func moduleAttribute(
        _ attribute: borrowing PythonReference,
        of real: ModuleObject,
        named name: String
    ) throws(PythonException) -> PythonReference {
        do throws(PythonException) {
            if let value = try self.attribute(attribute, of: real, named: name) { return value }
        } catch  where error.matches(.attributeError) {
            throw self.missing(attribute, in: name).caused(by: error)
        }
        throw self.missing(attribute, in: name)
    }

    private func importing(_ call: ImportCall) throws(PythonException) -> PythonReference {
        guard call.level == 0 else {
            throw ImportFailure.make("relative imports are not possible: a task is not part of a package", name: nil)
        }
        let exact = try PythonText.exact(call.name)
        let name = try PythonText.string(exact)
        if self.context.isOpen { return try self.importReal(exact, name, fromList: call.fromList) }
        // Only C code passes a list (PyImport_Import). It ignores the return value and takes the module from
        // `sys.modules`.
        if let list = call.fromList, list.isList { return try self.importForLibrary(exact, name) }
        let whole = try self.importWhole(name)
        guard let list = call.fromList.flatMap({ TupleObject($0) }), !list.isEmpty else {
            guard call.isStatement, name.contains("."), try Self.isForName() else { return whole.top.owned }
            return try self.path(to: whole.tail, name)
        }
        for attribute in list {
            let attribute = try PythonText.exact(attribute)
            guard whole.tail.isModule else {
                guard try whole.tail.attributeIfPresent(attribute) != nil else {
                    let text = try PythonText.string(attribute)
                    throw ImportFailure.make("cannot import name '\(text)' from '\(name)'", name: name)
                }
                continue
            }
            try self.provide(attribute, from: name, view: whole.tail)
        }
        guard call.isStatement, let view = ModuleObject(whole.tail) else { return whole.tail.owned }
        return try self.selection(of: list, from: view)
    }

    /// Makes a module for one `from` statement, with exactly the values that the statement takes.
    ///
    /// If an attribute is missing when IMPORT_FROM runs, that instruction takes `sys.modules["NAME.ATTRIBUTE"]`, a real
    /// module. A task can remove an attribute of the view after it was checked: by a key that compares unequal the
    /// second time, or by a finaliser that runs between two names. It can also rename the view. No task can reach the
    /// module that is made here, and IMPORT_FROM finds no other module through it, because it has no `__name__`.
    private func selection(of names: TupleObject, from view: ModuleObject) throws(PythonException) -> PythonReference {
        let made = try Self.namelessModule()
        guard let selection = unsafe ModuleObject(made.borrowed) else {
            preconditionFailure("a new module is a module")
        }
        for name in names {
            let name = try PythonText.exact(name)
            // `*` is not the name of an attribute: the statement takes what the view lists.
            if try PythonText.string(name) == "*" { return view.object.owned }
            guard let value = view.namespace.value(for: name) else {
                let text = try PythonText.string(name)
                throw ImportFailure.make("cannot import name '\(text)': it was removed meanwhile", name: nil)
            }
            try selection.namespace.set(value.owned, for: name)
        }
        return made
    }

    /// Like ``selection(of:from:)``, for `import a.b.c as name`, which takes `b` of `a`, and then `c` of that. Makes
    /// modules with these entries alone.
    private func path(to module: BorrowedReference, _ name: String) throws(PythonException) -> PythonReference {
        var result = module.owned
        for part in name.split(separator: ".").dropFirst().reversed() {
            let parent = try Self.namelessModule()
            guard let namespace = unsafe ModuleObject(parent.borrowed)?.namespace else {
                preconditionFailure("a new module is a module")
            }
            try namespace.set(result, for: try PythonText.make(String(part)))
            result = parent
        }
        return result
    }

    private static func namelessModule() throws(PythonException) -> PythonReference {
        let title = try PythonText.interned("selection")
        let made = unsafe try PythonReference(checking: PyModule_NewObject(title.pointer))
        try unsafe ModuleObject(made.borrowed)?.namespace.remove("__name__")
        return made
    }

    /// Whether the `import` statement that the innermost frame executes has an `as` clause. Its next instruction then
    /// is IMPORT_FROM.
    private static func isForName() throws(PythonException) -> Bool {
        guard let frame = InnermostFrame(), let code = CodeObject(frame.code) else { return false }
        let offset = frame.instructionOffset
        var instructions = try Instructions(of: code)
        while let instruction = instructions.next() {
            guard instruction.byteOffset == offset else { continue }
            return instruction.operation == .importName && instructions.next()?.operation == .importFrom
        }
        return false
    }

    /// Imports the real module. Used if the operator allowed the whole standard library.
    private func importReal(
        _ module: borrowing PythonReference,
        _ name: String,
        fromList: BorrowedReference?
    ) throws(PythonException) -> PythonReference {
        guard name == "__future__" || self.rules.decision(on: name) != .refused else {
            throw ImportFailure.make(self.rules.refusal(of: name), name: name)
        }
        let isLoaded = self.context.modules.value(for: module) != nil
        do {
            let result = try self.load(module, fromList: fromList)
            if !isLoaded { self.noteLoaded(name) }
            return result
        } catch {
            throw ImportFailure.explained(error, importing: name, self.rules)
        }
    }

    private func noteLoaded(_ name: String) {
        if self.loadedForTask.count < 16, !self.rules.isStandard(name) { self.loadedForTask.append(name) }
    }

    private func importForLibrary(
        _ module: borrowing PythonReference,
        _ name: String
    ) throws(PythonException) -> PythonReference {
        if self.context.modules.value(for: module) != nil { return .none }
        // If packages are allowed, their code may import any module. The task gets no reference to the module.
        guard
            self.rules.decision(on: name) == .allowed || ModuleViewRules.implicitImports.contains(name)
                || !self.rules.external.entries.isEmpty
        else {
            throw ImportFailure.make(self.rules.refusal(of: name), name: name)
        }
        _ = try self.load(module, fromList: nil)
        return .none
    }

    /// Imports the real module, and guards the newly loaded modules before the task can call their code.
    private func load(
        _ name: borrowing PythonReference,
        fromList: BorrowedReference?
    ) throws(PythonException) -> PythonReference {
        let module = unsafe try PythonReference(
            checking: PyImport_ImportModuleLevelObject(name.pointer, nil, nil, fromList?.pointer, 0)
        )
        unsafe try PolicyGuard.current?.guardLoadedModules()
        return module
    }

    /// Imports a module, and updates the views of the module and of the packages that contain it.
    ///
    /// - Returns: The views of the outermost package and of the module itself. They live as long as the process.
    func importWhole(_ name: String) throws(PythonException) -> (top: BorrowedReference, tail: BorrowedReference) {
        guard name == "__future__" || self.rules.decision(on: name) != .refused else {
            throw ImportFailure.make(self.rules.refusal(of: name), name: name)
        }
        let text = try PythonText.make(name)
        if self.context.modules.value(for: text) == nil {
            do {
                _ = try self.load(text, fromList: nil)
            } catch {
                throw ImportFailure.explained(error, importing: name, self.rules)
            }
            self.noteLoaded(name)
        }
        var top: BorrowedReference?
        var tail: BorrowedReference?
        var prefix = ""
        for part in name.split(separator: ".", omittingEmptySubsequences: false) {
            let parent = tail.flatMap { ModuleObject($0) }
            prefix += prefix.isEmpty ? String(part) : "." + part
            let key = try PythonText.make(prefix)
            guard let module = self.context.loadedModule(key) else {
                let value = try self.objectInPlaceOfModule(key, named: prefix)
                try parent?.namespace.set(value, forText: String(part))
                top = top ?? value
                tail = value
                continue
            }
            let deciding = try self.views.decidingName(of: module, named: prefix)
            guard deciding == prefix || self.rules.decision(on: deciding) != .refused else {
                throw ImportFailure.make(self.rules.refusal(of: deciding), name: name)
            }
            let view = try self.views.view(of: module, as: deciding)
            try parent?.namespace.set(view.object, forText: String(part))
            top = top ?? view.object
            tail = view.object
        }
        guard let top, let tail else { throw ImportFailure.make("empty module name", name: name) }
        return (top, tail)
    }

    /// Imports those submodules of a package that are among the names and missing in the package's view. Names that are
    /// not submodules, or that the lists do not allow, are left out.
    func importMissing(_ names: [String], below package: String, _ view: ModuleObject) throws(PythonException) {
        for name in names {
            let key = try PythonText.make(name)
            guard view.namespace.value(for: key) == nil, self.rules.decision(on: package + "." + name) != .refused
            else {
                continue
            }
            do throws(PythonException) {
                _ = try self.importWhole(package + "." + name)
            } catch  where error.matches(.moduleNotFoundError) {
                continue
            }
        }
    }

    /// The object that a package registered in `sys.modules` in place of a module. It lives as long as the process.
    private func objectInPlaceOfModule(
        _ key: borrowing PythonReference,
        named name: String
    ) throws(PythonException) -> BorrowedReference {
        guard self.rules.decision(on: name) == .allowed, !self.rules.isStandard(name),
            let value = self.context.modules.value(for: key), !value.isNone,
            let visible = try self.views.visibleValue(for: value)
        else { throw ImportFailure.make("'\(name)' is not a module", name: name) }
        return visible.owned.leak()
    }

    /// Ensures that the view has the attribute for `from NAME import ATTRIBUTE`, or raises.
    ///
    /// For a missing attribute, IMPORT_FROM would take `sys.modules["NAME.ATTRIBUTE"]`, which is the real module.
    private func provide(
        _ attribute: borrowing PythonReference,
        from name: String,
        view: BorrowedReference
    ) throws(PythonException) {
        guard let view = ModuleObject(view) else { preconditionFailure("a view that is not a module") }
        let text = try PythonText.string(attribute)
        guard text != "*", view.namespace.value(for: attribute) == nil else { return }
        let key = try PythonText.make(name)
        guard let loaded = self.context.loadedModule(key) else {
            throw ImportFailure.make("cannot import name '\(text)' from '\(name)'", name: name)
        }
        // The reference is owned: an import, or the module's own `__getattr__`, may replace the entry in `sys.modules`.
        let owner = loaded.object.owned
        guard let real = unsafe ModuleObject(owner.borrowed) else { preconditionFailure("not a module any more") }
        if real.namespace[self.context.names.path] != nil, self.rules.decision(on: name + "." + text) != .refused {
            do throws(PythonException) {
                _ = try self.importWhole(name + "." + text)
            } catch  where error.matches(.moduleNotFoundError) {
                // The name is not a submodule. The package's `__getattr__` may still provide it.
            }
            guard view.namespace.value(for: attribute) == nil else { return }
        }
        // The module may have defined the name since its view was filled.
        _ = try self.views.view(of: real, as: name)
        guard view.namespace.value(for: attribute) == nil else { return }
        let value: PythonReference?
        do throws(PythonException) {
            value = try self.dynamicAttribute(attribute, of: owner, named: name)
        } catch  where error.matches(.attributeError) {
            throw ImportFailure.make("cannot import name '\(text)' from '\(name)'", name: name).caused(by: error)
        }
        if let value { return try view.namespace.set(value, for: attribute) }
        let isHidden = real.namespace.value(for: attribute) != nil
        throw ImportFailure.make(
            "cannot import name '\(text)' from '\(name)'"
                + (isHidden ? ": it is not part of what tasks see of this module" : ""),
            name: name
        )
    }

    /// The value of an attribute that the view of a module does not have; nil if the module has none either, or if a task
    /// may not see it.
    private func attribute(
        _ attribute: borrowing PythonReference,
        of real: ModuleObject,
        named name: String
    ) throws(PythonException) -> PythonReference? {
        // A lazy module may have defined the name since its view was filled.
        let view = try self.views.view(of: real, as: name)
        if let value = view.namespace.value(for: attribute) { return value.owned }
        return try self.dynamicAttribute(attribute, of: real.object.owned, named: name)
    }

    /// The value of an attribute that is not in the module's namespace. It is the result of the module's own
    /// `__getattr__`, or of the attribute protocol if the module's class is a subclass of `module`. Nil if the module
    /// has no such attribute, or if a task may not see it. An `AttributeError` of the module's own code is thrown,
    /// because it may say more than that the attribute is missing.
    private func dynamicAttribute(
        _ attribute: borrowing PythonReference,
        of owner: borrowing PythonReference,
        named name: String
    ) throws(PythonException) -> PythonReference? {
        guard let real = unsafe ModuleObject(owner.borrowed), self.rules.decision(on: name) == .allowed,
            !self.context.names.isRefused(attribute: attribute),
            ModuleViewRules.withheldNames[name]?.contains(try PythonText.string(attribute)) != true,
            real.namespace.value(for: attribute) == nil
        else { return nil }
        let text = try PythonText.string(attribute)
        let found: PythonReference?
        if !real.isExactModule {
            // A class of modules may have properties, and a `__getattr__` or `__getattribute__` of its own.
            found = text.hasPrefix("__") ? nil : unsafe try owner.borrowed.attribute(attribute)
        } else if let borrowed = real.namespace[self.context.names.getattr] {
            // The reference is owned: the function may remove itself from the module.
            let function = borrowed.owned
            found = try function.call(attribute)
        } else {
            return nil
        }
        guard let value = found else { return nil }
        guard let module = unsafe ModuleObject(value.borrowed) else {
            return unsafe try self.views.visibleValue(for: value.borrowed)?.owned
        }
        return try self.views.visibleModule(module, at: name + "." + text)?.object.owned
    }

    private func missing(_ attribute: borrowing PythonReference, in module: String) -> PythonException {
        let text = (try? PythonText.string(attribute)) ?? "?"
        return PythonException.make(.attributeError, "module '\(module)' has no attribute '\(text)'")
    }
}
