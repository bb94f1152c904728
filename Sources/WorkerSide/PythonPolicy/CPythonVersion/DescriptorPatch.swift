import CPython
import PythonRuntime

/// Replaces the getter and setter of an attribute of a C type by the guard's. It writes to the C structures of CPython's
/// descriptors.
enum DescriptorPatch {
    /// The data of the guard's getter and setter. The descriptor's closure points to it, which Python code cannot read.
    @safe
    private struct Patched {
        let attribute: StaticString
        let name: GuardedName
        let exemption: AttributeGuard.Exemption
        let original: Original

        init(_ attribute: AttributeGuard.Attribute, _ name: GuardedName, _ original: Original) {
            self.attribute = attribute.name
            self.name = name
            self.exemption = attribute.exemption
            self.original = original
        }
    }

    @safe
    private enum Original {
        case getSet(PyGetSetDef)
        /// A member of the C structure. The type owns the definition, and the new descriptor keeps the type alive.
        case member(UnsafeMutablePointer<PyMemberDef>)
        /// A property of a class that is written in Python: its getter, which lives as long as the process.
        case property(BorrowedReference)
    }

    /// Guards one attribute.
    ///
    /// - Parameters:
    ///   - descriptor: The entry of the type's dictionary.
    ///   - attribute: The attribute to guard.
    ///   - name: Its name among the guarded names.
    /// - Returns: The descriptor that guards the attribute: the given one, patched in place, or a new one that replaced
    ///   it.
    /// - Throws: What CPython raised, or a `SystemError` for a kind of descriptor that is not known.
    static func replace(
        _ descriptor: BorrowedReference,
        _ attribute: AttributeGuard.Attribute,
        _ name: GuardedName
    ) throws(PythonException) -> BorrowedReference {
        // Never freed: Python code may hold a reference to the descriptor for as long as the interpreter lives.
        let definition = UnsafeMutablePointer<PyGetSetDef>.allocate(capacity: 1)
        let patched = UnsafeMutablePointer<Patched>.allocate(capacity: 1)
        unsafe definition.initialize(
            to: PyGetSetDef(
                name: attribute.name.cString,
                get: Self.getter,
                set: Self.setter,
                doc: nil,
                closure: UnsafeMutableRawPointer(patched)
            )
        )
        if unsafe descriptor.type.pointer == CPython_GetSetDescr_Type() {
            // The descriptor is patched in place, so that references to it that were taken earlier are guarded too.
            let getSet = unsafe descriptor.layout(as: PyGetSetDescrObject.self)
            unsafe patched.initialize(
                to: Patched(attribute, name, .getSet(getSet.pointee.d_getset.pointee))
            )
            unsafe getSet.pointee.d_getset = unsafe definition
            return descriptor
        }
        let isProperty = unsafe descriptor.type.pointer == CPython_Property_Type()
        guard unsafe isProperty || descriptor.type.pointer == CPython_MemberDescr_Type() else {
            throw PythonException.make(
                .systemError,
                "the attribute \(attribute.name) has an unknown kind of descriptor"
            )
        }
        // CPython reads a member descriptor without calling a getter, so the descriptor must be replaced. Nothing but
        // the type's dictionary may refer to the old one.
        guard unsafe CPython_REFCNT(descriptor.pointer) == 1 else {
            throw PythonException.make(
                .systemError,
                "the attribute \(attribute.name) cannot be guarded: a preloaded module holds its descriptor"
            )
        }
        let original: Original
        if isProperty {
            original = .property(try descriptor.owned.attribute("fget").leak())
        } else {
            let member = unsafe descriptor.layout(as: PyMemberDescrObject.self)
            guard let memberDefinition = unsafe member.pointee.d_member else {
                throw PythonException.make(
                    .systemError,
                    "the attribute \(attribute.name) has a descriptor without a member"
                )
            }
            unsafe original = .member(memberDefinition)
        }
        unsafe patched.initialize(to: Patched(attribute, name, original))
        let replacement = unsafe try PythonReference(checking: PyDescr_NewGetSet(attribute.type.pointer, definition))
        try attribute.type.dictionary?.set(replacement, for: attribute.name)
        unsafe PyType_Modified(attribute.type.pointer)
        return replacement.leak()
    }

    /// The exception for a caller that may not use a guarded attribute.
    static func refusal(of attribute: StaticString) -> PythonException {
        PythonException.make(.attributeError, "the attribute '\(attribute)' is not available to tasks")
    }

    private static let getter: @convention(c) (PyPointer?, UnsafeMutableRawPointer?) -> PyPointer? = {
        receiver,
        closure in
        guard let receiver = unsafe BorrowedReference(receiver), let closure = unsafe closure else { return nil }
        let patched = unsafe closure.assumingMemoryBound(to: Patched.self).pointee
        return PolicyGuard.answering { (policy) throws(PythonException) in
            guard policy.attributes.permits(patched.name, patched.exemption, of: receiver, .reading) else {
                throw DescriptorPatch.refusal(of: patched.attribute)
            }
            let value = try Self.value(patched.original, of: receiver)
            return patched.exemption == .filtered ? try policy.evaluators.filtered(value) : value
        }
    }

    private static func value(
        _ original: Original,
        of receiver: BorrowedReference
    ) throws(PythonException) -> PythonReference {
        switch original {
        case .member(let member):
            // Safety: the descriptor has checked that the receiver is an instance of its type.
            return unsafe try PythonReference(checking: PyMember_GetOne(receiver.layout(as: CChar.self), member))
        case .property(let getter):
            return try getter.owned.call(receiver.owned)
        case .getSet(let original):
            guard let get = unsafe original.get else {
                throw PythonException.make(.attributeError, "unreadable attribute")
            }
            return unsafe try PythonReference(checking: get(receiver.pointer, original.closure))
        }
    }

    private static let setter: @convention(c) (PyPointer?, PyPointer?, UnsafeMutableRawPointer?) -> Int32 = {
        receiver,
        value,
        closure in
        guard let receiver = unsafe BorrowedReference(receiver), let closure = unsafe closure,
            let policy = unsafe PolicyGuard.current
        else { return -1 }
        let patched = unsafe closure.assumingMemoryBound(to: Patched.self).pointee
        guard policy.attributes.permits(patched.name, patched.exemption, of: receiver, .setting) else {
            DescriptorPatch.refusal(of: patched.attribute).restore()
            return -1
        }
        switch patched.original {
        case .member(let member):
            // Safety: the descriptor has checked that the receiver is an instance of its type.
            return unsafe PyMember_SetOne(receiver.layout(as: CChar.self), member, value)
        case .property:
            PythonException.setPending(.attributeError, "readonly attribute")
            return -1
        case .getSet(let original):
            guard let set = unsafe original.set else {
                PythonException.setPending(.attributeError, "readonly attribute")
                return -1
            }
            return unsafe set(receiver.pointer, value, original.closure)
        }
    }
}
