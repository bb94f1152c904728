import CPython

/// The introspection attributes that lead out, guarded where they live: in the descriptors of the C types.
///
/// Whatever road an access takes (`match`, `getattr`, `attrgetter`, `format`, `copy`, a raw descriptor), it ends in the
/// descriptor's getter. Ours asks who is calling before it passes the request on to the original.
extension PolicyGuard {
    /// How a guarded attribute answers a caller that the table does not permit.
    enum Answer: Sendable {
        /// Refuses.
        case never
        /// Answers for functions of the task itself.
        case ownFunctions
        /// Answers everything but modules.
        case anythingButModules
        /// Refuses, but lets anybody set it: CPython itself does, from any frame.
        case onlySetting
    }

    /// One guarded attribute.
    @safe
    struct GuardedAttribute {
        let type: @Sendable () -> UnsafeMutablePointer<PyTypeObject>
        let name: StaticString
        let answer: Answer

        init(
            _ type: @escaping @Sendable () -> UnsafeMutablePointer<PyTypeObject>,
            _ name: StaticString,
            _ answer: Answer = .never
        ) {
            unsafe self.type = unsafe type
            self.name = name
            self.answer = answer
        }
    }

    static let guardedAttributes: [GuardedAttribute] = unsafe [
        GuardedAttribute({ unsafe CPython_Function_Type() }, "__globals__"),
        unsafe GuardedAttribute({ unsafe CPython_Function_Type() }, "__code__"),
        unsafe GuardedAttribute({ unsafe CPython_Function_Type() }, "__closure__"),
        unsafe GuardedAttribute({ unsafe CPython_Function_Type() }, "__builtins__"),
        // Defaults of library functions hold whatever their authors put there, modules and built-ins included.
        unsafe GuardedAttribute({ unsafe CPython_Function_Type() }, "__defaults__", .ownFunctions),
        unsafe GuardedAttribute({ unsafe CPython_Function_Type() }, "__kwdefaults__", .ownFunctions),
        unsafe GuardedAttribute({ unsafe CPython_CFunction_Type() }, "__self__", .anythingButModules),
        unsafe GuardedAttribute({ unsafe CPython_Gen_Type() }, "gi_frame"),
        unsafe GuardedAttribute({ unsafe CPython_Gen_Type() }, "gi_code"),
        unsafe GuardedAttribute({ unsafe CPython_Gen_Type() }, "gi_yieldfrom"),
        unsafe GuardedAttribute({ unsafe CPython_Coro_Type() }, "cr_frame"),
        unsafe GuardedAttribute({ unsafe CPython_Coro_Type() }, "cr_code"),
        unsafe GuardedAttribute({ unsafe CPython_Coro_Type() }, "cr_await"),
        unsafe GuardedAttribute({ unsafe CPython_Coro_Type() }, "cr_origin"),
        unsafe GuardedAttribute({ unsafe CPython_AsyncGen_Type() }, "ag_frame"),
        unsafe GuardedAttribute({ unsafe CPython_AsyncGen_Type() }, "ag_code"),
        unsafe GuardedAttribute({ unsafe CPython_AsyncGen_Type() }, "ag_await"),
        unsafe GuardedAttribute({ unsafe CPython_TraceBack_Type() }, "tb_frame"),
        unsafe GuardedAttribute({ unsafe CPython_Frame_Type() }, "f_back"),
        unsafe GuardedAttribute({ unsafe CPython_Frame_Type() }, "f_globals"),
        unsafe GuardedAttribute({ unsafe CPython_Frame_Type() }, "f_locals"),
        unsafe GuardedAttribute({ unsafe CPython_Frame_Type() }, "f_builtins"),
        unsafe GuardedAttribute({ unsafe CPython_Frame_Type() }, "f_code"),
        unsafe GuardedAttribute({ unsafe CPython_Frame_Type() }, "f_trace"),
        // Of library caches: the way from any class to the sets it is in, and to the classes beside it.
        GuardedAttribute({ unsafe CPython_WeakReference_Type() }, "__callback__"),
        // The object an attribute was not found on: a real module, when library code looked.
        unsafe GuardedAttribute(
            { unsafe UnsafeMutableRawPointer(CPython_Exc_AttributeError()).assumingMemoryBound(to: PyTypeObject.self) },
            "obj",
            .onlySetting
        ),
    ]

    /// What a getter or setter of ours needs to know; reached through the descriptor's closure, which Python cannot see.
    @safe
    private struct Context {
        let name: StaticString
        let answer: Answer
        /// The original, when it was a getter.
        let original: PyGetSetDef?
        /// The original, when it was a member of the structure.
        let member: UnsafeMutablePointer<PyMemberDef>?
    }

    func guardDescriptors() throws(PythonException) {
        for attribute in Self.guardedAttributes {
            unsafe try self.install(attribute.name, attribute.answer, on: attribute.type())
        }
    }

    /// Guards one attribute of one type.
    func install(
        _ name: StaticString,
        _ answer: Answer,
        on type: UnsafeMutablePointer<PyTypeObject>
    ) throws(PythonException) {
        guard let dictionary = unsafe type.pointee.tp_dict,
            let descriptor = unsafe PyDict_GetItemString(dictionary, name.cString)
        else {
            throw unsafe PythonException.make(
                CPython_Exc_SystemError(),
                "this interpreter has no attribute \(name) to guard"
            )
        }
        // Never freed: descriptors live as long as the interpreter, and this one may be referred to from anywhere.
        let definition = UnsafeMutablePointer<PyGetSetDef>.allocate(capacity: 1)
        let context = UnsafeMutablePointer<Context>.allocate(capacity: 1)
        unsafe self.guarded.insert(UnsafeRawPointer(definition))
        unsafe definition.initialize(
            to: PyGetSetDef(
                name: name.cString,
                get: Self.guardedGetter,
                set: Self.guardedSetter,
                doc: nil,
                closure: UnsafeMutableRawPointer(context)
            )
        )
        if unsafe CPython_TYPE(descriptor) == CPython_GetSetDescr_Type() {
            // In place, so that a reference to the descriptor that somebody took before is guarded too.
            let getSet = unsafe UnsafeMutableRawPointer(descriptor).assumingMemoryBound(to: PyGetSetDescrObject.self)
            unsafe context.initialize(
                to: Context(
                    name: name,
                    answer: answer,
                    original: getSet.pointee.d_getset.pointee,
                    member: nil
                )
            )
            unsafe getSet.pointee.d_getset = unsafe definition
        } else {
            // A member is read by C code that knows no getter: it must be replaced. The definition that the old
            // descriptor points to is the type's, which the new descriptor keeps alive.
            unsafe precondition(CPython_TYPE(descriptor) == CPython_MemberDescr_Type(), "unknown kind of descriptor")
            let old = unsafe UnsafeMutableRawPointer(descriptor).assumingMemoryBound(to: PyMemberDescrObject.self)
            unsafe context.initialize(
                to: Context(
                    name: name,
                    answer: answer,
                    original: nil,
                    member: old.pointee.d_member
                )
            )
            let replacement = unsafe try PythonReference(checking: PyDescr_NewGetSet(type, definition))
            unsafe try checking(PyDict_SetItemString(dictionary, name.cString, replacement.pointer))
            unsafe PyType_Modified(type)
        }
    }

    /// Whether a descriptor is one of ours already.
    func isGuarded(_ descriptor: PyPointer) -> Bool {
        guard unsafe CPython_TYPE(descriptor) == CPython_GetSetDescr_Type() else { return false }
        let getSet = unsafe UnsafeMutableRawPointer(descriptor).assumingMemoryBound(to: PyGetSetDescrObject.self)
        return unsafe self.guarded.contains(UnsafeRawPointer(getSet.pointee.d_getset))
    }

    private func answers(_ context: Context, _ receiver: PyPointer, value: PyPointer?) -> Bool {
        switch context.answer {
        case .never, .onlySetting:
            break
        case .ownFunctions:
            if unsafe CPython_Function_Check(receiver) != 0, let namespace = unsafe PyFunction_GetGlobals(receiver),
                unsafe self.isTaskNamespace(namespace)
            {
                return true
            }
        case .anythingButModules:
            guard let value = unsafe value, unsafe CPython_Module_Check(value) != 0 else { return true }
        }
        return unsafe self.isPermittedCaller(of: context.name, on: receiver)
    }

    private static let guardedGetter: @convention(c) (PyPointer?, UnsafeMutableRawPointer?) -> PyPointer? = {
        receiver,
        closure in
        guard let receiver = unsafe receiver, let closure = unsafe closure, let policy = unsafe PolicyGuard.current
        else { return nil }
        let context = unsafe closure.assumingMemoryBound(to: Context.self).pointee
        var value: PyPointer?
        if case .anythingButModules = context.answer {
            // Reading it is harmless; whether it may be handed out depends on what it is.
            unsafe value = unsafe PyCFunction_GetSelf(receiver)
        }
        guard unsafe policy.answers(context, receiver, value: value) else {
            unsafe PyErr_SetString(
                CPython_Exc_AttributeError(),
                "the attribute '\(context.name)' is not available to tasks"
            )
            return nil
        }
        if let member = unsafe context.member {
            // Safety: the descriptor has checked that the receiver is an instance of its type.
            return unsafe PyMember_GetOne(UnsafeRawPointer(receiver).assumingMemoryBound(to: CChar.self), member)
        }
        guard let original = unsafe context.original, let get = unsafe original.get else {
            unsafe PyErr_SetString(CPython_Exc_AttributeError(), "unreadable attribute")
            return nil
        }
        return unsafe get(receiver, original.closure)
    }

    private static let guardedSetter: @convention(c) (PyPointer?, PyPointer?, UnsafeMutableRawPointer?) -> Int32 = {
        receiver,
        value,
        closure in
        guard let receiver = unsafe receiver, let closure = unsafe closure, let policy = unsafe PolicyGuard.current
        else { return -1 }
        let context = unsafe closure.assumingMemoryBound(to: Context.self).pointee
        let isFree = if case .onlySetting = context.answer { true } else { false }
        guard unsafe isFree || policy.answers(context, receiver, value: nil) else {
            unsafe PyErr_SetString(
                CPython_Exc_AttributeError(),
                "the attribute '\(context.name)' is not available to tasks"
            )
            return -1
        }
        if let member = unsafe context.member {
            // Safety: as above; the caller vouches for the structure.
            return unsafe PyMember_SetOne(
                UnsafeMutableRawPointer(receiver).assumingMemoryBound(to: CChar.self),
                member,
                value
            )
        }
        guard let original = unsafe context.original, let set = unsafe original.set else {
            unsafe PyErr_SetString(CPython_Exc_AttributeError(), "readonly attribute")
            return -1
        }
        return unsafe set(receiver, value, original.closure)
    }
}
