import CPython
import PythonRuntime

/// Guards the introspection attributes that lead from an object into the interpreter, such as `__globals__`, by patching
/// their descriptors in the C types.
///
/// Every kind of access (`match`, `getattr`, `format`, `copy`, a raw descriptor) ends in the descriptor's getter. The
/// getter returns the value only to library code: the innermost Python frame must have the interpreter's own built-ins,
/// and its code must have the attribute's name among its names or constants. All other callers get an `AttributeError`.
///
/// A task can make library code call a C function of the task's choosing, as a callback or as the getter of a property.
/// Such a function has no frame of its own, so the innermost frame is the library's, and the check above would pass. C
/// functions that look up an attribute whose name is an argument therefore run as ``Deputies``.
final class AttributeGuard {
    /// Exceptions from the rule that only library code that names a guarded attribute may use it.
    enum Exemption: Sendable {
        /// The rule applies without an exception.
        case none
        /// Besides, library code that looks the attribute up by a computed name may read it of a function, frame or
        /// traceback of the task.
        case libraries
        /// Library code need not name the attribute: C code of the interpreter reads it as well.
        case allLibraries
        /// Read and set the value, if the function was defined by the task; library code may set that of any function but
        /// those of the standard library, whose other callers would get it.
        case ownFunctions
        /// Any caller may read the value, unless it is a module. Only `inspect` may read a module, because other
        /// library code could pass it to the task: `partialmethod`, for example, stores what it reads in an object of
        /// the task.
        case exceptModules
        /// The rule applies. Besides, library code gets only those parts of the value that a task may see, because the
        /// task chooses which part the library returns.
        case filtered
        /// Any caller may set the value, because CPython itself sets it while any frame runs. Only `traceback` may read
        /// it, in order to suggest names. It is not enough that library code contains the attribute's name, because
        /// many attributes of libraries have the same name.
        case setting
    }

    /// One guarded attribute.
    struct Attribute {
        let type: TypeObject
        let name: StaticString
        let exemption: Exemption
    }

    /// What a caller does with an attribute.
    enum Use {
        case reading
        case setting
    }

    let names: GuardedNames
    private let context: PolicyContext
    private let codeNames: CodeNames
    /// The C functions that look up an attribute by a name or descriptor of their caller's choosing. They get no
    /// guarded attribute, whatever code called them.
    let deputies: Deputies
    /// The descriptors that are guarded already; a descriptor must not be patched twice.
    private var guarded = IdentityTable<Void>()

    init(_ context: PolicyContext) throws(PythonException) {
        self.context = context
        self.names = try GuardedNames(
            Self.attributes.map(\.name) + HiddenAttribute.all.map(\.attribute) + PackageTypes.cythonAttributes
        )
        self.codeNames = try CodeNames(self.names)
        self.deputies = Deputies(context.realBuiltins)
    }

    /// Guards the attributes of the built-in types.
    func install() throws(PythonException) {
        try InnermostFrame.verify(self.context.realBuiltins)
        // The module `types` is imported before the patches, because it takes the type of member descriptors from the
        // descriptor of `__globals__`, which they replace.
        _ = try PythonReference.importing("types")
        for attribute in Self.attributes {
            try self.guardAttribute(attribute)
        }
    }

    /// Guards one attribute.
    private func guardAttribute(_ attribute: Attribute) throws(PythonException) {
        guard let descriptor = attribute.type.dictionary?[attribute.name] else {
            throw PythonException.make(
                .systemError,
                "this interpreter has no attribute \(attribute.name) to guard"
            )
        }
        try self.guardOnce(descriptor, attribute)
    }

    /// Guards one attribute, unless it is guarded already.
    ///
    /// - Parameters:
    ///   - descriptor: The entry of the type's dictionary.
    ///   - attribute: The attribute to guard.
    /// - Throws: What CPython raised, or a `SystemError` for a kind of descriptor that is not known.
    func guardOnce(_ descriptor: BorrowedReference, _ attribute: Attribute) throws(PythonException) {
        guard self.guarded[descriptor] == nil else { return }
        let replaced = try DescriptorPatch.replace(descriptor, attribute, self.names[attribute.name])
        self.guarded.set((), for: replaced)
    }

    /// Guards the attributes of library classes whose module is loaded.
    func guardLoadedModules() throws(PythonException) {
        for hidden in HiddenAttribute.all {
            guard let module = self.context.loadedModule(hidden.module),
                let type = module.namespace[hidden.type].flatMap({ TypeObject($0) })
            else { continue }
            if let descriptor = type.dictionary?[hidden.attribute] {
                try self.guardOnce(
                    descriptor,
                    Attribute(type: type, name: hidden.attribute, exemption: hidden.exemption)
                )
            }
        }
    }

    // MARK: Callers

    /// Whether the current caller may use an attribute.
    ///
    /// - Parameters:
    ///   - name: The attribute's name.
    ///   - exemption: What callers may do without being library code that names the attribute.
    ///   - receiver: The object that has the attribute.
    ///   - use: What the caller does with it.
    /// - Returns: Whether the access is permitted.
    func permits(_ name: GuardedName, _ exemption: Exemption, of receiver: BorrowedReference, _ use: Use) -> Bool {
        switch exemption {
        case .none, .libraries, .filtered:
            break
        case .allLibraries:
            return self.libraryFrame().map { !self.deputies.contain($0) } ?? false
        case .setting:
            guard use == .reading else { return true }
            guard let frame = CallingFrame(),
                case .standard("traceback.py")? = self.context.libraries.origin(of: frame.code)
            else { return false }
        case .ownFunctions:
            if self.isTasks(receiver) { return true }
            if use == .setting, let frame = self.libraryFrame(), !self.isStandard(receiver) {
                return !self.deputies.contain(frame)
            }
        case .exceptModules:
            // Reading `__self__` has no side effect; the value decides whether the caller may have it.
            guard let value = unsafe BorrowedReference(PyCFunction_GetSelf(receiver.pointer)), value.isModule else {
                return true
            }
            guard let frame = CallingFrame(),
                case .standard("inspect.py")? = self.context.libraries.origin(of: frame.code)
            else { return false }
        }
        return self.serves(name, unlessTasks: exemption == .libraries && use == .reading ? receiver : nil)
    }

    /// Whether the innermost Python frame is library code that may have a guarded attribute. False for a task, for a C
    /// function without a frame, and for text that libraries run on behalf of a task.
    ///
    /// - Parameters:
    ///   - name: The attribute's name.
    ///   - receiver: The object that has the attribute. If it belongs to a task, library code need not name the
    ///     attribute. Nil if library code must always name it.
    /// - Returns: Whether it may have the attribute.
    func serves(_ name: GuardedName, unlessTasks receiver: BorrowedReference? = nil) -> Bool {
        guard var frame = self.libraryFrame(), !self.deputies.contain(frame) else { return false }
        let asksForName = receiver.map { !self.isTasks($0) } ?? true
        while true {
            let found = self.codeNames.found(in: frame.code)
            if asksForName, !found.contains(name) { return false }
            guard found.isFunction(named: name) else { return true }
            // A library's property of the same name returns the value to its caller, which may be a task.
            guard let caller = frame.caller, caller.builtins == self.context.realBuiltins.object else { return false }
            frame = caller
        }
    }

    /// The innermost frame, if it belongs to a library: it has the interpreter's own built-ins. It would not be enough
    /// that the frame does not have a task's built-ins, because code can also run with a namespace that has built-ins
    /// of its own.
    private func libraryFrame() -> InnermostFrame? {
        guard let frame = InnermostFrame(), frame.builtins == self.context.realBuiltins.object else { return nil }
        return frame
    }

    /// Whether a function is one of the standard library.
    private func isStandard(_ receiver: BorrowedReference) -> Bool {
        guard let code = FunctionObject(receiver)?.code, case .standard? = self.context.libraries.origin(of: code)
        else {
            return false
        }
        return true
    }

    /// Whether a function, frame or traceback belongs to a task. Its built-ins decide, which no Python code can change.
    private func isTasks(_ receiver: BorrowedReference) -> Bool {
        if receiver.isFunction {
            return unsafe BorrowedReference(CPython_Function_builtins(receiver.pointer)) == self.context.builtins.object
        }
        var frame = receiver
        if receiver.isTraceback {
            guard let own = unsafe BorrowedReference(CPython_TraceBack_frame(receiver.pointer)) else { return false }
            frame = own
        }
        guard frame.isFrame, let builtins = unsafe PyFrame_GetBuiltins(OpaquePointer(frame.pointer)) else {
            return false
        }
        return unsafe PythonReference(owning: builtins).isSame(as: self.context.builtins.object)
    }
}
