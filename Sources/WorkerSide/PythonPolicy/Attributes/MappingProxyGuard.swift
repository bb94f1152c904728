import CPython
import PythonRuntime

/// Guards `mappingproxy`, the read-only view of a class's dictionary. Two operations pass the real dictionary to the
/// other operand: `type.__dict__ == x` and `type.__dict__ | x`. A task's operand could then change any class, so these
/// operations get a copy of the dictionary.
@safe
final class MappingProxyGuard {
    private var originalCompare: richcmpfunc?
    private var originalOr: binaryfunc?

    func install() throws(PythonException) {
        let type = unsafe CPython_DictProxy_Type()
        guard let numbers = unsafe type.pointee.tp_as_number, let dictionary = unsafe TypeObject(type).dictionary else {
            throw PythonException.make(.systemError, "mapping proxies are made differently here")
        }
        unsafe self.originalCompare = unsafe type.pointee.tp_richcompare
        unsafe self.originalOr = unsafe numbers.pointee.nb_or
        unsafe type.pointee.tp_richcompare = unsafe Self.compare
        unsafe numbers.pointee.nb_or = unsafe Self.or
        // The methods in the type's dictionary call the original functions directly, so they are patched too.
        for name: StaticString in ["__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"] {
            unsafe MethodPatch.replaceSlotWrapper(name, in: dictionary, CPython_erasingCompare(Self.compare))
        }
        for name: StaticString in ["__or__", "__ror__"] {
            unsafe MethodPatch.replaceSlotWrapper(name, in: dictionary, CPython_erasingBinary(Self.or))
        }
        unsafe PyType_Modified(type)
    }

    private static let compare: richcmpfunc = { left, right, operation in
        PolicyGuard.answering { (policy) throws(PythonException) in
            guard let left = unsafe BorrowedReference(left), let right = unsafe right,
                let original = unsafe policy.mappingProxies.originalCompare
            else { return .none }
            let operand = try MappingProxy.copied(left)
            return unsafe try PythonReference(checking: original(operand.pointer, right, operation))
        }
    }

    private static let or: binaryfunc = { left, right in
        PolicyGuard.answering { (policy) throws(PythonException) in
            guard let left = unsafe BorrowedReference(left), let right = unsafe BorrowedReference(right),
                let original = unsafe policy.mappingProxies.originalOr
            else { return .none }
            let first = try MappingProxy.copied(left)
            let second = try MappingProxy.copied(right)
            return unsafe try PythonReference(checking: original(first.pointer, second.pointer))
        }
    }
}
