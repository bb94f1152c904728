import CPython
import Text

/// The names of types, read from the type objects' storage, so that no metaclass can change them.
enum TypeName {
    /// Module and qualified name with a dot between, such as `datetime.date`.
    static func name(of type: TypeObject) -> String {
        // The C name of a static type includes its module; a built-in type's does not.
        guard type.isHeapType else { return type.cName }
        let name = (try? Self.qualifiedName(of: type)) ?? type.cName
        guard let key = try? PythonText.interned("__module__"), let module = type.dictionary?.value(for: key),
            let text = try? PythonText.string(module)
        else { return name }
        return "\(text).\(name)"
    }

    private static func qualifiedName(of type: TypeObject) throws(PythonException) -> String {
        let name = unsafe try PythonReference(checking: PyType_GetQualName(type.pointer))
        return try PythonText.string(name)
    }

    /// The name of the type in messages to the author. For built-in types and the task's own types, it does not include
    /// the module.
    static func displayName(of type: TypeObject) -> String {
        let name = Self.name(of: type)
        for module in ["builtins.", "__main__."] where name.hasPrefix(module) {
            return BoundedText.cut(String(name.dropFirst(module.count)), toBytes: 200)
        }
        return BoundedText.cut(name, toBytes: 200)
    }

    /// The name of an object's type in messages to the author.
    static func displayName(ofValue value: BorrowedReference) -> String {
        Self.displayName(of: value.type)
    }

    /// Whether the type or any of its bases satisfies `predicate` by name.
    static func anyBase(of type: TypeObject, where predicate: (String) -> Bool) -> Bool {
        guard let bases = type.bases else { return predicate(Self.name(of: type)) }
        return bases.contains { base in TypeObject(base).map { predicate(Self.name(of: $0)) } ?? false }
    }
}
