import CPython
import PythonRuntime

/// Finds the module that defined a value or a value's class, without running code of the value.
enum DefiningModule {
    /// The public module for each implementation module. If the public module is allowed, the values of the
    /// implementation module are visible.
    static let publicNames = [
        "posix": "os", "posixpath": "os", "genericpath": "os", "_io": "io", "_socket": "socket", "_thread": "threading",
        "_pickle": "pickle", "_ctypes": "ctypes", "_signal": "signal", "_imp": "importlib",
        "_frozen_importlib": "importlib", "_frozen_importlib_external": "importlib", "_posixsubprocess": "subprocess",
    ]

    /// The module's name as stored in its namespace, which may be any object; nil when it is not known.
    static func name(of value: BorrowedReference, _ names: PolicyNames) throws(PythonException) -> PythonReference? {
        if value.isBuiltinFunction {
            let receiver = unsafe BorrowedReference(PyCFunction_GetSelf(value.pointer))
            return ModuleObject(receiver)?.namespace[names.name]?.owned
        }
        if let function = FunctionObject(value) {
            guard let globals = function.globals else { return nil }
            return unsafe DictionaryObject(unchecked: globals)[names.name]?.owned
        }
        let type = TypeObject(value) ?? value.type
        if let module = type.dictionary?[names.module], module.isString { return module.owned }
        // The C name of a static type has its module as a prefix.
        let name = type.cName
        guard let dot = name.lastIndex(of: ".") else { return nil }
        return try PythonText.make(String(name[..<dot]))
    }
}
