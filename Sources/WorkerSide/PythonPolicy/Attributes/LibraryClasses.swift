import CPython
import PythonRuntime

/// Keeps tasks from changing classes of the standard library: a replaced method would receive what library code passes to
/// it.
///
/// The kinds of ways to change a class are the slot of `type` behind `C.x = y`, which metaclasses inherit, and the setters
/// of `__class__` and of the attributes of classes such as `__bases__`, which a descriptor reaches as well. Classes of
/// packages can be changed: adding a method to `pandas.DataFrame` is common, and a package is trusted not to return what it
/// holds.
@safe
final class LibraryClasses {
    private let context: PolicyContext
    private let evaluators: EvaluatorGuard
    private let deputies: Deputies
    /// The modules whose functions a task can aim.
    private let aimed = ModuleAllowlist(setting: "", entries: ["@safe"])
    /// The classes of the standard library.
    private var classes = IdentityTable<Void>()
    /// The modules that were examined.
    private var examined = IdentityTable<Void>()
    /// The number of loaded modules at the last examination.
    private var seen = 0
    private(set) var patch = ClassPatch()

    init(_ context: PolicyContext, _ evaluators: EvaluatorGuard, _ deputies: Deputies) {
        self.context = context
        self.evaluators = evaluators
        self.deputies = deputies
    }

    func install() throws(PythonException) {
        try self.patch.install()
    }

    /// Registers the classes of the modules that were loaded since the last call.
    func guardLoadedModules() throws(PythonException) {
        guard self.context.modules.count != self.seen else { return }
        self.seen = self.context.modules.count
        for (key, value) in self.context.modules.entries where key.isExactString {
            guard let module = ModuleObject(value), self.examined[value] == nil else { continue }
            self.examined.set((), for: value)
            guard self.context.imports.isStandard(try PythonText.string(key)), !PythonText.equals(key, "__main__")
            else {
                continue
            }
            try self.register(module.namespace)
        }
    }

    /// Registers the classes in a namespace, and those in the namespaces of these.
    private func register(_ namespace: DictionaryObject) throws(PythonException) {
        for (_, value) in namespace.entries {
            guard let type = TypeObject(value), self.classes[value] == nil, try self.isStandard(type) else { continue }
            self.classes.set((), for: value)
            if let inner = type.dictionary { try self.register(inner) }
        }
    }

    /// Whether a class says that it is from the standard library: other classes may be among the names of its modules.
    private func isStandard(_ type: TypeObject) throws(PythonException) -> Bool {
        guard let name = type.dictionary?[self.context.names.module], name.isString else { return false }
        return self.context.imports.isStandard(try PythonText.string(name))
    }

    /// Whether the caller may change a class. Library code may, but for the functions of modules of `@safe`, some of which
    /// a task can aim at a class, such as `functools.update_wrapper`: these set attributes of their own module's classes,
    /// by an instruction that has the name, as `weakref.finalize` does. A module beyond that group changes classes as in
    /// plain CPython: `unittest` keeps notes in the classes of tests.
    ///
    /// - Parameters:
    ///   - type: The class.
    ///   - name: The attribute's name; nil for a setter that was called through its descriptor.
    /// - Returns: Whether it may.
    func permitsChange(of type: BorrowedReference, setting name: BorrowedReference?) -> Bool {
        guard self.classes[type] != nil else { return true }
        guard let frame = InnermostFrame(), frame.builtins == self.context.realBuiltins.object,
            !self.deputies.contain(frame)
        else { return false }
        if self.evaluators.isWithinImport { return true }
        guard let globals = CallingFrame()?.globals,
            let title = unsafe DictionaryObject(globals.borrowed)?[self.context.names.name],
            let module = try? PythonText.string(title)
        else { return false }
        guard self.context.imports.isStandard(module), self.aimed.decision(on: module) == .allowed else { return true }
        guard let name, Self.isSetting(name, frame),
            let own = TypeObject(type)?.dictionary?[self.context.names.module], own.isString
        else { return false }
        return (try? PythonText.string(own)) == module
    }

    /// Whether the frame's own instruction sets or deletes an attribute of that name, rather than a function that it calls.
    private static func isSetting(_ name: BorrowedReference, _ frame: InnermostFrame) -> Bool {
        guard let code = CodeObject(frame.code), var instructions = try? Instructions(of: code) else { return false }
        let offset = frame.instructionOffset
        while let instruction = instructions.next() {
            guard instruction.byteOffset == offset else { continue }
            let isAttribute = [.storeAttribute, .deleteAttribute].contains(instruction.operation)
            return isAttribute && instruction.argument < code.names.count && code.names[instruction.argument] == name
        }
        return false
    }

    /// The exception for a caller that may not change a class.
    func refusal(of type: BorrowedReference, changing name: String) -> PythonException {
        let title = TypeObject(type)?.cName ?? "?"
        return PythonException.make(
            .typeError,
            "cannot change '\(name)' of \(title), a class of the standard library: all code shares it. Derive a class from it, or "
                + "set the attribute of an instance"
        )
    }
}
