import CPython
import PythonRuntime

/// Makes the views of modules. A view is a filtered snapshot that a task gets when it imports a module.
///
/// A view is a plain module object whose dictionary holds copies of the allowed entries. None of its attributes leads to
/// the real module, and a task's writes to a view do not reach the real module. A view is made once and lives as long as
/// the process. The fork server makes the views of the modules that it loads, so that workers share their memory.
final class ModuleViews {
    private struct Entry {
        let view: ModuleObject
        /// The number of entries that the real module had when the view was last filled.
        var seen: Int
        let name: String
    }

    private let context: PolicyContext
    private let importers: ImporterFunctions
    /// The views; the key is the real module.
    private var entries = IdentityTable<Entry>()
    /// The views that read the module at each access; the key is the real module.
    private var live = IdentityTable<ModuleObject>()
    /// Modules that a package made and did not register in `sys.modules`, by the name of their view. `entries` keeps
    /// them alive.
    private var unregistered: [String: BorrowedReference] = [:]
    /// The guarded functions that views show; the key is the real built-in. They live as long as the process.
    private var replacements = IdentityTable<BorrowedReference>()
    /// Values that no view shows: denied built-ins, and the safe replacements inside library modules.
    private var hidden = IdentityTable<Void>()
    /// The names of `ModuleViewRules.restrictedModules`, as a Python set that lives as long as the process.
    private let restrictedModules: BorrowedReference
    private var rules: ImportRules { self.context.imports }

    init(_ context: PolicyContext) throws(PythonException) {
        self.context = context
        self.importers = ImporterFunctions(context)
        let restricted = unsafe try PythonReference(checking: PySet_New(nil))
        for module in ModuleViewRules.restrictedModules {
            let name = try PythonText.interned(module.name)
            unsafe try checking(PySet_Add(restricted.pointer, name.pointer))
        }
        self.restrictedModules = restricted.leak()
        try self.hideListedValues()
    }

    /// Registers the values of ``ModuleViewRules/hiddenValues`` whose modules are loaded. Called again after every import.
    func hideListedValues() throws(PythonException) {
        for hidden in ModuleViewRules.hiddenValues {
            guard let value = self.context.loadedModule(hidden.module)?.namespace[hidden.name] else { continue }
            self.hide(value)
        }
    }

    /// Registers a value that no view may show from now on.
    func hide(_ value: BorrowedReference) {
        self.hidden.set((), for: value)
    }

    /// Registers `guarded` as the value that views show from now on where the module has `real`.
    func replace(_ real: BorrowedReference, with guarded: consuming PythonReference) {
        self.replacements.set(guarded.leak(), for: real)
    }

    /// Returns the view of a real module. The first call makes it; later calls update it.
    ///
    /// - Parameters:
    ///   - module: The real module.
    ///   - name: The name under which the lists allow the module.
    /// - Returns: The view, which lives as long as the process.
    /// - Throws: What CPython raised, such as a `MemoryError`.
    func view(of module: ModuleObject, as name: String) throws(PythonException) -> ModuleObject {
        let real = module.namespace
        if var entry = self.entries[module.object] {
            guard entry.seen != real.count else { return entry.view }
            entry.seen = real.count
            self.entries.set(entry, for: module.object)
            try self.fill(entry.view, from: real, as: entry.name)
            return entry.view
        }
        let size = real.count
        let title = try PythonText.make(name)
        let made = unsafe try PythonReference(checking: PyModule_NewObject(title.pointer))
        guard let view = ModuleObject(made.leak()) else { preconditionFailure("a new module is a module") }
        // The view is stored before it is filled, because packages and their modules refer to each other.
        self.entries.set(Entry(view: view, seen: size, name: name), for: module.object)
        for attribute: StaticString in ["__loader__", "__spec__", "__package__", "__doc__"]
        where view.namespace[attribute] != nil {
            try view.namespace.remove(attribute)
        }
        try self.fill(view, from: real, as: name)
        if self.rules.decision(on: name) == .allowed, real[self.context.names.getattr] != nil || !module.isExactModule {
            let function = unsafe try PythonFunction.make(
                "__getattr__",
                receiver: title.borrowed,
                ImportGuard.moduleAttributeFunction
            )
            try view.namespace.set(function, for: "__getattr__")
        }
        return view
    }

    /// Makes the views of every loaded module that is allowed, so that workers share them.
    func buildLoaded() throws(PythonException) {
        // A copy, because `sys.modules` may change while views are made: the garbage collector runs finalisers.
        let loaded = try self.context.modules.copy()
        for (key, value) in unsafe loaded.dictionary.entries where key.isExactString {
            let name = try PythonText.string(key)
            guard let module = ModuleObject(value) else { continue }
            let deciding = try self.decidingName(of: module, named: name)
            guard self.rules.decision(on: deciding) == .allowed else { continue }
            _ = try self.view(of: module, as: deciding)
        }
    }

    private func fill(
        _ view: ModuleObject,
        from real: DictionaryObject,
        as name: String
    ) throws(PythonException) {
        let target = view.namespace
        let filter = EntryFilter(name, self.context)
        for (borrowedKey, borrowedValue) in real.entries
        where borrowedKey.isExactString && !target.contains(borrowedKey) {
            // The references are owned: making a view allocates, so the garbage collector may run finalisers that change
            // the real module.
            let key = borrowedKey.owned
            let value = borrowedValue.owned
            if let module = unsafe ModuleObject(value.borrowed) {
                if let child = try self.child(module, under: key, of: name),
                    !filter.withholds(try PythonText.string(key))
                {
                    try target.set(child.object, for: key)
                }
            } else if filter.isWhole, let shown = unsafe try self.entry(value.borrowed, under: key.borrowed, filter) {
                try target.set(shown, for: key)
            }
        }
        if let all = target["__all__"] { try self.trim(all, of: target) }
    }

    /// The view's entry for an entry of the real module; nil to leave it out.
    private func entry(
        _ value: BorrowedReference,
        under key: BorrowedReference,
        _ filter: EntryFilter
    ) throws(PythonException) -> PythonReference? {
        guard try filter.admits(key) else { return nil }
        if try filter.isImportFunction(key) {
            return unsafe try PythonFunction.make("import_module", ImportGuard.importModuleFunction)
        }
        return try self.visibleValue(for: value)?.owned
    }

    /// The live view of a module of a package, for text that a library runs; the view itself for any other module. It lives
    /// as long as the process.
    ///
    /// - Parameters:
    ///   - module: The real module.
    ///   - package: The top-level package that runs the text. Its own modules are visible to the text even if the lists do
    ///     not have it, but a package that uses it: the code of `attrs` is in `attr`.
    /// - Returns: The view, or nil.
    /// - Throws: What CPython raised.
    func liveView(of module: ModuleObject, forTextOf package: String?) throws(PythonException) -> ModuleObject? {
        let view = try self.visibleModule(module)
        var name = self.entries[module.object]?.name
        if view == nil {
            name = try self.ownName(of: module)
            guard let name, let package, name == package || name.hasPrefix(package + "."),
                self.rules.decision(on: package) == .refused
            else { return nil }
        }
        guard let name, !self.rules.isStandard(name) else { return view }
        if let known = self.live[module.object] { return known }
        guard let made = ModuleObject(try LiveView.make(named: name).leak()) else { return view }
        self.live.set(made, for: module.object)
        return made
    }

    /// The name under which a module is registered, if it is its `__name__`.
    private func ownName(of module: ModuleObject) throws(PythonException) -> String? {
        guard let given = module.namespace[self.context.names.name], given.isExactString,
            self.context.modules[given] == module.object
        else { return nil }
        return try PythonText.string(given)
    }

    /// What a view of the module would have for an attribute if it were filled now; nil for a module, and for nothing.
    func current(
        _ attribute: borrowing PythonReference,
        of module: ModuleObject,
        as name: String
    ) throws(PythonException) -> PythonReference? {
        guard let value = module.namespace.value(for: attribute)?.owned, unsafe !value.borrowed.isModule else {
            return nil
        }
        return unsafe try self.entry(value.borrowed, under: attribute.borrowed, EntryFilter(name, self.context))
    }

    /// Removes from `__all__` the names that the view does not have, so that `import *` works.
    private func trim(_ all: BorrowedReference, of target: DictionaryObject) throws(PythonException) {
        let names = unsafe try PythonReference(checking: PySequence_List(all.pointer))
        let kept = try PythonReference.list()
        for name in unsafe names.list where name.isExactString && target.contains(name) {
            try kept.append(name)
        }
        try target.set(kept, for: "__all__")
    }

    /// The view of a module that is an attribute of another module; nil if the lists do not allow it.
    private func child(
        _ module: ModuleObject,
        under key: borrowing PythonReference,
        of parent: String
    ) throws(PythonException) -> ModuleObject? {
        let dotted = parent + "." + (try PythonText.string(key))
        let title = try PythonText.make(dotted)
        if self.context.modules.value(for: title) == module.object {
            let deciding = try self.decidingName(of: module, named: dotted)
            if self.rules.decision(on: deciding) != .refused { return try self.view(of: module, as: deciding) }
        }
        return try self.visibleModule(module, at: dotted)
    }

    /// The view of a module, by the module's own `__name__`; nil if a task may not import it by that name.
    ///
    /// - Parameters:
    ///   - module: The real module.
    ///   - position: The dotted name of the attribute that the module is the value of. It decides about a module that a
    ///     package made and did not register in `sys.modules`.
    /// - Returns: The view, or nil.
    /// - Throws: What CPython raised.
    func visibleModule(_ module: ModuleObject, at position: String? = nil) throws(PythonException) -> ModuleObject? {
        guard let given = module.namespace[self.context.names.name], given.isExactString else { return nil }
        let name = try PythonText.string(given)
        let registered = self.context.modules[given]
        if registered == nil, let position, !self.rules.isStandard(name), !self.rules.isStandard(position) {
            guard self.rules.decision(on: position) == .allowed else { return nil }
            let view = try self.view(of: module, as: position)
            self.unregistered[position] = module.object
            return view
        }
        guard registered == module.object else { return nil }
        guard self.rules.decision(on: name) == .allowed else { return nil }
        return try self.view(of: module, as: name)
    }

    /// The real module behind the view of that name; nil if it is not loaded any more.
    func realModule(named title: BorrowedReference) throws(PythonException) -> ModuleObject? {
        if let module = self.context.loadedModule(title) { return module }
        return ModuleObject(self.unregistered[try PythonText.string(title)])
    }

    /// The name by which the lists decide about a module that a task names `name`. A package may register a module of the
    /// standard library under a name of its own, as `six.moves` does; the module's own name decides then.
    func decidingName(of module: ModuleObject, named name: String) throws(PythonException) -> String {
        guard !self.rules.isStandard(name), let given = module.namespace[self.context.names.name], given.isExactString,
            self.context.modules[given] == module.object
        else { return name }
        let own = try PythonText.string(given)
        return self.rules.isStandard(own) ? own : name
    }

    /// The value that a view shows for a value of the real module: the value itself, its guarded form, or nil to leave
    /// it out. It is borrowed from the real module, or lives as long as the process.
    func visibleValue(for value: BorrowedReference) throws(PythonException) -> BorrowedReference? {
        guard !self.context.isOpen else { return value }
        guard self.hidden[value] == nil else { return nil }
        if let replacement = self.replacements[value] { return replacement }
        guard !self.importers.contain(value), value != self.context.modules.object else { return nil }
        guard let origin = try DefiningModule.name(of: value, self.context.names) else { return value }
        guard origin.isString,
            unsafe PySet_Contains(self.restrictedModules.pointer, origin.pointer) == 1
        else { return value }
        let name = try PythonText.string(origin)
        if name == "builtins" {
            // Built-in classes and functions are visible if the task's own built-ins have them, too.
            return self.isAmongBuiltins(value) ? value : nil
        }
        // Locks and thread-local values of a library give access to nothing else.
        if name == "_thread", !value.isType, !value.isBuiltinFunction { return value }
        let publicName = DefiningModule.publicNames[name] ?? name
        return self.rules.decision(on: publicName) == .allowed ? value : nil
    }

    private func isAmongBuiltins(_ value: BorrowedReference) -> Bool {
        for (key, real) in self.context.realBuiltins.entries where real == value {
            return self.context.builtins[key] == value
        }
        // The value has no name among the built-ins. Classes, such as that of functions, and instances are visible, and
        // functions are not.
        return value.isType || !value.isBuiltinFunction
    }
}

/// Decides by name which entries of a module its view may have.
private struct EntryFilter {
    /// Whether the module itself is allowed, rather than only some of its submodules.
    let isWhole: Bool
    private let withheld: Set<String>
    private let keptPrivateNames: Set<String>
    private let importFunctions: Set<String>
    private let hidesPrivateNames: Bool

    init(_ module: String, _ context: PolicyContext) {
        self.isWhole = context.imports.decision(on: module) == .allowed
        self.withheld = context.isOpen ? [] : ModuleViewRules.withheldNames[module] ?? []
        self.keptPrivateNames = ModuleViewRules.keptPrivateNames[module] ?? []
        self.importFunctions = ModuleViewRules.importFunctions[module] ?? []
        self.hidesPrivateNames = context.imports.isStandard(module) && !context.isOpen
    }

    func withholds(_ name: String) -> Bool { self.withheld.contains(name) }

    func admits(_ key: BorrowedReference) throws(PythonException) -> Bool {
        if StringObject(key)?.first == 0x5F {
            let name = try PythonText.string(key)
            if name.hasPrefix("__"), name.hasSuffix("__") {
                guard ["__doc__", "__version__", "__all__"].contains(name) else { return false }
            } else if self.hidesPrivateNames, !self.keptPrivateNames.contains(name) {
                return false
            }
        }
        return self.withheld.isEmpty ? true : !self.withheld.contains(try PythonText.string(key))
    }

    /// Whether the key names an import function, which the view replaces by a guarded one.
    func isImportFunction(_ key: BorrowedReference) throws(PythonException) -> Bool {
        self.importFunctions.isEmpty ? false : self.importFunctions.contains(try PythonText.string(key))
    }
}
