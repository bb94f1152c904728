import CPython
import PythonRuntime

/// Asks ``LibraryClasses`` before a class is changed. It writes to the slots of `type` and of metaclasses, and to the
/// setters of the descriptors of `type`, such as `__bases__`, and of `__class__`.
@safe
struct ClassPatch {
    /// The original setter of a descriptor, which its definition passes to the replacement.
    @safe
    private struct Original {
        let name: String
        let set: setter
    }

    /// The original function of the slot.
    private var setAttribute: setattrofunc?

    mutating func install() throws(PythonException) {
        guard let original = unsafe TypeObject.type.pointer.pointee.tp_setattro,
            let dictionary = TypeObject.type.dictionary
        else { throw PythonException.make(.systemError, "this interpreter does not set attributes of classes") }
        unsafe self.setAttribute = unsafe original
        unsafe TypeObject.type.pointer.pointee.tp_setattro = unsafe Self.setAttribute
        // Metaclasses have a copy of the pointer.
        let objects = try PythonReference.importing("gc").attribute("get_objects").call()
        for object in unsafe objects.list {
            guard let type = TypeObject(object), let own = unsafe type.pointer.pointee.tp_setattro,
                unsafe CPython_erasingSetAttribute(own) == CPython_erasingSetAttribute(original)
            else { continue }
            unsafe type.pointer.pointee.tp_setattro = unsafe Self.setAttribute
        }
        for name: StaticString in ["__setattr__", "__delattr__"] {
            unsafe MethodPatch.replaceSlotWrapper(name, in: dictionary, CPython_erasingSetAttribute(Self.setAttribute))
        }
        unsafe PyType_Modified(TypeObject.type.pointer)
        for (key, value) in dictionary.entries where key.isExactString {
            try Self.replaceSetter(value, named: try PythonText.string(key))
        }
        guard let descriptor = TypeObject.baseObject.dictionary?["__class__"],
            try Self.replaceSetter(descriptor, named: "__class__")
        else { throw PythonException.make(.systemError, "this interpreter has no attribute __class__ to guard") }
    }

    /// Replaces the setter of a descriptor in place, if it has one, and leaves its getter.
    @discardableResult
    private static func replaceSetter(
        _ descriptor: BorrowedReference,
        named name: String
    ) throws(PythonException) -> Bool {
        guard unsafe descriptor.type.pointer == CPython_GetSetDescr_Type(),
            let definition = unsafe descriptor.layout(as: PyGetSetDescrObject.self).pointee.d_getset?.pointee,
            let set = unsafe definition.set
        else { return false }
        // The getters and setters of classes have no use for the closure, in which the replacement finds the original.
        guard unsafe definition.closure == nil else {
            throw PythonException.make(.systemError, "the attribute \(name) has an unknown kind of setter")
        }
        // Never freed: the descriptor points to both.
        let original = UnsafeMutablePointer<Original>.allocate(capacity: 1)
        unsafe original.initialize(to: Original(name: name, set: set))
        let patched = UnsafeMutablePointer<PyGetSetDef>.allocate(capacity: 1)
        unsafe patched.initialize(to: definition)
        unsafe patched.pointee.set = unsafe Self.setThroughDescriptor
        unsafe patched.pointee.closure = UnsafeMutableRawPointer(original)
        unsafe descriptor.layout(as: PyGetSetDescrObject.self).pointee.d_getset = unsafe patched
        return true
    }

    /// Whether the caller may change the receiver. If not, an exception is pending.
    ///
    /// - Parameters:
    ///   - receiver: What is changed, a class or an instance.
    ///   - key: The attribute's name where it is not that of a descriptor.
    ///   - name: The name for the message.
    /// - Returns: Whether it may.
    private static func permits(
        _ receiver: PyPointer?,
        _ key: BorrowedReference?,
        _ name: @autoclosure () -> String
    ) -> Bool {
        guard let policy = unsafe PolicyGuard.current, let object = unsafe BorrowedReference(receiver) else {
            return false
        }
        guard object.isType, !policy.classes.permitsChange(of: object, setting: key) else { return true }
        policy.classes.refusal(of: object, changing: name()).restore()
        return false
    }

    private static let setAttribute: setattrofunc = { type, name, value in
        guard unsafe Self.permits(type, BorrowedReference(name), Self.text(of: name)),
            let policy = unsafe PolicyGuard.current
        else { return -1 }
        return unsafe policy.classes.patch.setAttribute?(type, name, value) ?? -1
    }

    private static func text(of name: PyPointer?) -> String {
        guard let name = unsafe BorrowedReference(name), name.isString, let text = try? PythonText.string(name) else {
            return "?"
        }
        return text
    }

    private static let setThroughDescriptor: setter = { receiver, value, closure in
        guard let closure = unsafe closure else { return -1 }
        let original = unsafe closure.assumingMemoryBound(to: Original.self).pointee
        guard unsafe Self.permits(receiver, nil, original.name) else { return -1 }
        return unsafe original.set(receiver, value, nil)
    }
}
