import CPython
import PythonRuntime

/// Hints on an attribute that an object does not have. They are found in types and modules; no code of the task runs.
enum AttributeAdvice {
    /// The hint for a missing attribute; nil if none applies.
    static func advice(for name: String, missingIn receiver: BorrowedReference) -> String? {
        if receiver.isNone { return "the value is None: check for that first, or see why it is" }
        guard let key = try? PythonText.make(name) else { return nil }
        if let module = ModuleObject(receiver) {
            let names = NearestName.keys(of: module.namespace.object).filter { !$0.hasPrefix("_") }
            if let named = module.namespace["__name__"], named.isExactString,
                let title = try? PythonText.string(named),
                let type = module.namespace[named].flatMap({ TypeObject($0) }),
                unsafe type.lookUp(key.borrowed) != nil
            {
                return "it belongs to the class: write \(title).\(title).\(name), or `from \(title) import \(title)`"
            }
            return NearestName.among(names, to: name).map { "did you mean '\($0)'?" }
        }
        let type = TypeObject(receiver) ?? receiver.type
        if let hint = Self.advice(for: name, inModuleOf: type) { return hint }
        var names: [String] = []
        for base in type.bases.map(Array.init) ?? [] {
            guard let dictionary = TypeObject(base)?.dictionary else { continue }
            names += NearestName.keys(of: dictionary.object).filter { !$0.hasPrefix("_") }
        }
        return NearestName.among(names, to: name).map { "did you mean '\($0)'?" }
    }

    /// The hint for `datetime.timedelta` where `datetime` is the class and not the module; nil for any other attribute.
    private static func advice(for name: String, inModuleOf type: TypeObject) -> String? {
        guard type == Self.dateTime, Self.dateTimeNames.contains(name) else { return nil }
        return "datetime is the class here: write `from datetime import \(name)`"
    }

    private static let dateTimeNames: Set<String> = [
        "date", "time", "timedelta", "timezone", "tzinfo", "datetime", "UTC",
    ]

    /// The class `datetime.datetime`; nil while the module is not loaded.
    private static var dateTime: TypeObject? {
        guard let modules = unsafe BorrowedReference(PyImport_GetModuleDict()).flatMap(DictionaryObject.init) else {
            return nil
        }
        return modules["datetime"].flatMap { ModuleObject($0) }?.namespace["datetime"].flatMap { TypeObject($0) }
    }
}
