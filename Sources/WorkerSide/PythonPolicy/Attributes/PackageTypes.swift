import CPython
import PythonRuntime

/// Guards C types of packages as soon as their module is loaded: attributes of Cython's function types that correspond
/// to guarded attributes of the built-in types, and methods `__getattr__`.
@safe
final class PackageTypes {
    private let context: PolicyContext
    private let attributes: AttributeGuard
    var namedLookups = NamedLookupPatch()
    /// The modules that were examined.
    private var examined = IdentityTable<Void>()
    /// The number of loaded modules at the last examination.
    private var seen = 0

    /// The attributes of Cython's types, and older names of the same values. Each version of Cython has its own set of
    /// types, in a module of its own.
    static let cythonAttributes: [StaticString] = [
        "__globals__", "func_globals", "__code__", "func_code", "__closure__", "func_closure", "__defaults__",
        "func_defaults", "__kwdefaults__", "__builtins__", "gi_frame", "gi_code", "gi_yieldfrom", "cr_frame", "cr_code",
        "cr_await", "cr_origin", "ag_frame", "ag_code", "ag_await",
    ]

    init(_ context: PolicyContext, _ attributes: AttributeGuard) {
        self.context = context
        self.attributes = attributes
    }

    /// Examines the modules that were loaded since the last call.
    func guardLoadedModules() throws(PythonException) {
        guard self.context.modules.count != self.seen else { return }
        self.seen = self.context.modules.count
        // A copy, because guarding allocates, so the garbage collector may run finalisers that change `sys.modules`.
        let loaded = try self.context.modules.copy()
        for (key, value) in unsafe loaded.dictionary.entries where key.isExactString {
            guard let module = ModuleObject(value), self.examined[value] == nil else { continue }
            let isCython = try Self.isCython(key)
            guard unsafe isCython || PyModule_GetDef(value.pointer) != nil else { continue }
            self.examined.set((), for: value)
            for type in try self.types(in: module) {
                guard let type = TypeObject(type) else { continue }
                if isCython { try self.guardCython(type) }
                try self.namedLookups.replace(in: type)
            }
        }
    }

    private static func isCython(_ name: BorrowedReference) throws(PythonException) -> Bool {
        guard StringObject(name)?.first == 0x5F else { return false }
        return try PythonText.string(name).hasPrefix("_cython_")
    }

    private func types(in module: ModuleObject) throws(PythonException) -> [BorrowedReference] {
        module.namespace.entries.map(\.value).filter(\.isType)
    }

    private func guardCython(_ type: TypeObject) throws(PythonException) {
        for name in Self.cythonAttributes {
            guard let descriptor = type.dictionary?[name] else { continue }
            try self.attributes.guardOnce(
                descriptor,
                AttributeGuard.Attribute(type: type, name: name, exemption: .none)
            )
        }
    }
}
