import CPython
import PythonRuntime

/// Makes the calls of instances of two C types run as ``Deputies``, because such a call looks up an attribute:
/// `operator.attrgetter` and `operator.methodcaller`. It writes to the type, and to the instances that exist already.
@safe
struct CallPatch {
    @safe
    private struct Original {
        let type: TypeObject
        let call: ternaryfunc
        let make: newfunc?
        let vectorcall: vectorcallfunc?
    }

    /// The original functions. The two types cannot be subclassed, so an instance's type is one of them.
    private var originals: [Original] = []

    /// Replaces the functions that call an instance of a type.
    ///
    /// - Parameters:
    ///   - type: The type. Calling it with the name of an attribute makes an instance.
    ///   - instances: Objects that include all existing instances of the type.
    /// - Throws: What CPython raised, or a `SystemError` for a type that is called differently.
    mutating func replace(
        _ type: TypeObject,
        among instances: borrowing PythonReference
    ) throws(PythonException) {
        guard let call = unsafe type.pointer.pointee.tp_call, let make = unsafe type.pointer.pointee.tp_new,
            unsafe type.pointer.pointee.tp_flags & UInt(CPython_TypeFlag_base()) == 0, let dictionary = type.dictionary
        else { throw PythonException.make(.systemError, "the type \(type.cName) is called differently here") }
        var vectorcall: vectorcallfunc?
        if unsafe type.pointer.pointee.tp_flags & UInt(CPython_TypeFlag_vectorcall()) != 0 {
            let name = try PythonText.interned("x")
            let sample = try type.object.owned.call(name)
            unsafe vectorcall = unsafe Self.vectorcall(of: sample.borrowed).pointee
        }
        unsafe self.originals.append(Original(type: type, call: call, make: make, vectorcall: vectorcall))
        unsafe type.pointer.pointee.tp_call = unsafe Self.call
        // The method in the type's dictionary calls the original function directly.
        unsafe MethodPatch.replaceSlotWrapper("__call__", in: dictionary, CPython_erasingTernary(Self.call))
        guard unsafe vectorcall != nil else { return }
        // Each instance has a pointer of its own to the vectorcall function. New instances get the replacement from
        // `make`, and existing ones in the loop.
        unsafe type.pointer.pointee.tp_new = unsafe Self.make
        for instance in unsafe instances.list where instance.type == type {
            unsafe Self.vectorcall(of: instance).pointee = unsafe Self.fastCall
        }
    }

    private static func vectorcall(of instance: BorrowedReference) -> UnsafeMutablePointer<vectorcallfunc?> {
        // Safety: the type's flag says that every instance has the field at this offset.
        unsafe (UnsafeMutableRawPointer(instance.pointer) + instance.type.pointer.pointee.tp_vectorcall_offset)
            .assumingMemoryBound(to: vectorcallfunc?.self)
    }

    private func original(for type: TypeObject) -> Original? {
        self.originals.first { $0.type == type }
    }

    private static let call: ternaryfunc = { receiver, arguments, keywords in
        guard let object = unsafe BorrowedReference(receiver), let policy = unsafe PolicyGuard.current,
            let original = policy.lookups.calls.original(for: object.type)
        else { return nil }
        return unsafe policy.attributes.deputies.run { unsafe original.call(receiver, arguments, keywords) }
    }

    private static let fastCall: vectorcallfunc = { receiver, arguments, count, keywords in
        guard let object = unsafe BorrowedReference(receiver), let policy = unsafe PolicyGuard.current,
            let original = unsafe policy.lookups.calls.original(for: object.type)?.vectorcall
        else { return nil }
        return unsafe policy.attributes.deputies.run { unsafe original(receiver, arguments, count, keywords) }
    }

    private static let make: newfunc = { type, arguments, keywords in
        guard let type = unsafe type, let policy = unsafe PolicyGuard.current,
            let original = unsafe policy.lookups.calls.original(for: TypeObject(type)),
            let instance = unsafe original.make?(type, arguments, keywords)
        else { return nil }
        unsafe Self.vectorcall(of: BorrowedReference(instance)).pointee = unsafe Self.fastCall
        return unsafe instance
    }
}
