import CPython
import PythonRuntime

/// Makes the methods `__getattr__` of C types of packages run as ``Deputies``. The proxies of wrapt, for example, have
/// such a method, which looks up any name in the object behind the proxy.
@safe
struct NamedLookupPatch {
    @safe
    private struct Original {
        let type: TypeObject
        let method: PyMethodDef
    }

    private var originals: [Original] = []

    /// Replaces the method of a type, if the type has one of its own that is written in C.
    mutating func replace(in type: TypeObject) throws(PythonException) {
        guard let descriptor = type.dictionary?["__getattr__"],
            unsafe descriptor.type.pointer == CPython_MethodDescr_Type(),
            !self.originals.contains(where: { $0.type == type })
        else { return }
        let method = unsafe descriptor.layout(as: PyMethodDescrObject.self).pointee.d_method.pointee
        let flags = unsafe method.ml_flags & ~METH_COEXIST
        let function: PyCFunction
        switch flags {
        case METH_O, METH_VARARGS: unsafe function = unsafe Self.plain
        case METH_VARARGS | METH_KEYWORDS: unsafe function = unsafe CPython_erasingKeywords(Self.keywords)
        case METH_FASTCALL: unsafe function = unsafe CPython_erasingFastcall(Self.fast)
        case METH_FASTCALL | METH_KEYWORDS: unsafe function = unsafe CPython_erasingFastcallKeywords(Self.fastKeywords)
        default:
            throw PythonException.make(.systemError, "\(type.cName).__getattr__ is called in an unknown way")
        }
        let original = unsafe try MethodPatch.replace("__getattr__", of: type, flags: method.ml_flags, function)
        unsafe self.originals.append(Original(type: type, method: original))
        // The type as an object must live as long as the entry.
        type.object.owned.leak()
    }

    private func original(for receiver: PyPointer?) -> PyMethodDef? {
        guard let receiver = unsafe BorrowedReference(receiver), let bases = receiver.type.bases else { return nil }
        for base in bases {
            if let found = self.originals.first(where: { $0.type.object == base }) { return unsafe found.method }
        }
        return nil
    }

    private static func call(_ receiver: PyPointer?, _ function: (PyMethodDef) -> PyPointer?) -> PyPointer? {
        guard let policy = unsafe PolicyGuard.current,
            let original = unsafe policy.packageTypes.namedLookups.original(for: receiver)
        else { return nil }
        return unsafe policy.attributes.deputies.run { unsafe function(original) }
    }

    private static let plain: PyCFunction = { receiver, argument in
        unsafe Self.call(receiver) { unsafe $0.ml_meth?(receiver, argument) }
    }

    private static let keywords: PyCFunctionWithKeywords = { receiver, arguments, keywords in
        unsafe Self.call(receiver) { method in
            unsafe method.ml_meth.flatMap { unsafe CPython_callWithKeywords($0, receiver, arguments, keywords) }
        }
    }

    private static let fast: _PyCFunctionFast = { receiver, arguments, count in
        unsafe Self.call(receiver) { method in
            unsafe method.ml_meth.flatMap { unsafe CPython_callFast($0, receiver, arguments, count) }
        }
    }

    private static let fastKeywords: _PyCFunctionFastWithKeywords = { receiver, arguments, count, names in
        unsafe Self.call(receiver) { method in
            unsafe method.ml_meth.flatMap { unsafe CPython_callFastWithKeywords($0, receiver, arguments, count, names) }
        }
    }
}
