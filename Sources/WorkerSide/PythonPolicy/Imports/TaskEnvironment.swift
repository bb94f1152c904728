import CPython
import PythonRuntime

/// The environment variables that a task sees if it may import `os`: those of the service, if the operator shows them,
/// and none of the worker's own. Library code sees the real variables, because it finds the temporary folder by them.
///
/// If the whole standard library is allowed, there are no views, and tasks and libraries share the variables. Then the
/// variables that name the temporary folder stay, and the worker's other variables are removed.
enum TaskEnvironment {
    /// The variables by which libraries find the temporary folder.
    private static let folderVariables: Set<String> = ["TMPDIR", "HOME", "MPLCONFIGDIR"]

    /// Puts the task's variables into the views of `os` and `posix`.
    ///
    /// - Parameters:
    ///   - views: The views of modules.
    ///   - context: The shared state of the policy.
    ///   - hidden: The names of the worker's own variables.
    /// - Throws: What CPython raised.
    static func install(
        in views: ModuleViews,
        _ context: PolicyContext,
        hiding hidden: Set<String>
    ) throws(PythonException) {
        guard !context.isOpen else {
            let environment = try PythonReference.importing("os").attribute("environ").attribute("_data")
            return try self.remove(hidden.subtracting(self.folderVariables), from: environment)
        }
        if context.imports.decision(on: "os") == .allowed {
            let module = try PythonReference.importing("os")
            guard let real = unsafe ModuleObject(module.borrowed) else { return }
            let view = try views.view(of: real, as: "os").namespace
            let data = try PythonReference.dictionary()
            if let environment = real.namespace["environ"] { try self.copy(environment, to: data, hiding: hidden) }
            let names: [(StaticString, StaticString)] = [("environ", "getenv"), ("environb", "getenvb")]
            for (name, reader) in names {
                guard let environment = real.namespace[name] else { continue }
                let shown = try self.environment(like: environment, data)
                try view.set(shown, for: name)
                // `os.getenv` reads the real variables, so the view has this method in its place. It has the same
                // signature.
                try view.set(try shown.attribute("get"), for: reader)
            }
        }
        if context.imports.decision(on: "posix") == .allowed {
            let module = try PythonReference.importing("posix")
            guard let real = unsafe ModuleObject(module.borrowed) else { return }
            try views.view(of: real, as: "posix").namespace.set(try PythonReference.dictionary(), for: "environ")
        }
    }

    /// Copies the variables of `os.environ`, except for the hidden ones. Names and values are `bytes`.
    private static func copy(
        _ environment: BorrowedReference,
        to data: borrowing PythonReference,
        hiding hidden: Set<String>
    ) throws(PythonException) {
        let all = try environment.attribute("_data")
        guard let entries = unsafe DictionaryObject(all.borrowed)?.entries else { return }
        for (key, value) in entries where key.isBytes {
            let name = unsafe String(cString: CPython_Bytes_AS_STRING(key.pointer))
            guard !hidden.contains(name) else { continue }
            unsafe try checking(PyDict_SetItem(data.pointer, key.pointer, value.pointer))
        }
    }

    /// Removes variables from a dictionary whose keys are `bytes`. The environment of the C library, which native code
    /// reads, is not changed.
    private static func remove(
        _ names: Set<String>,
        from data: borrowing PythonReference
    ) throws(PythonException) {
        for name in names {
            let key = unsafe try PythonReference(checking: PyBytes_FromString(name))
            guard unsafe PyDict_Contains(data.pointer, key.pointer) == 1 else { continue }
            unsafe try checking(PyDict_DelItem(data.pointer, key.pointer))
        }
    }

    /// Makes an object of the class of `environment`, which is `os.environ` or `os.environb`, that holds the variables in
    /// `data`.
    private static func environment(
        like environment: BorrowedReference,
        _ data: borrowing PythonReference
    ) throws(PythonException) -> PythonReference {
        let type = try environment.attribute("__class__")
        let encodeKey = try environment.attribute("encodekey")
        let decodeKey = try environment.attribute("decodekey")
        let encodeValue = try environment.attribute("encodevalue")
        let decodeValue = try environment.attribute("decodevalue")
        return unsafe try type.call([
            data.borrowed, encodeKey.borrowed, decodeKey.borrowed, encodeValue.borrowed, decodeValue.borrowed,
        ])
    }
}
