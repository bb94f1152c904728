import CPython
import PythonRuntime

/// Removes the interpreter's own `getattr` from library functions that would pass it to a task: as the default value of
/// a parameter, or as part of their result. A task could pass it to library code as a callback, and read the guarded
/// attributes that this code names.
struct GetattrHolders {
    private enum Place {
        /// The default of a parameter, which gets a task's `getattr`.
        case defaults
        /// A global that the function returns together with a class and the name of a member. It becomes
        /// `operator.getitem`, which finds the member as well, and can be pickled by name.
        case result
    }

    private struct Row {
        let module: StaticString
        let type: StaticString
        let function: StaticString
        let place: Place
    }

    private static let all = [
        Row(module: "codecs", type: "StreamReader", function: "__getattr__", place: .defaults),
        Row(module: "codecs", type: "StreamWriter", function: "__getattr__", place: .defaults),
        Row(module: "codecs", type: "StreamReaderWriter", function: "__getattr__", place: .defaults),
        Row(module: "codecs", type: "StreamRecoder", function: "__getattr__", place: .defaults),
        Row(module: "enum", type: "Enum", function: "__reduce_ex__", place: .result),
        Row(module: "enum", type: "Flag", function: "__reduce_ex__", place: .result),
    ]

    private let context: PolicyContext
    private let lookups: LookupGuard

    init(_ context: PolicyContext, _ lookups: LookupGuard) {
        self.context = context
        self.lookups = lookups
    }

    /// Changes the functions of loaded modules that have not been changed yet.
    func replace() throws(PythonException) {
        for row in Self.all {
            guard let namespace = self.context.loadedModule(row.module)?.namespace,
                let type = namespace[row.type].flatMap({ TypeObject($0) }),
                let function = type.dictionary?[row.function].flatMap({ FunctionObject($0) })
            else { continue }
            switch row.place {
            case .defaults: try self.replaceDefault(of: function)
            case .result: try self.replaceGlobal(of: function, in: namespace)
            }
        }
    }

    private func replaceDefault(of function: FunctionObject) throws(PythonException) {
        guard let defaults = unsafe BorrowedReference(PyFunction_GetDefaults(function.object.pointer)),
            let values = TupleObject(defaults), values.contains(where: { $0 == self.lookups.realGetattr })
        else { return }
        let replaced = try PythonReference.tuple(
            values.map { $0 == self.lookups.realGetattr ? self.lookups.getattr : $0 }
        )
        unsafe try checking(PyFunction_SetDefaults(function.object.pointer, replaced.pointer))
    }

    private func replaceGlobal(
        of function: FunctionObject,
        in namespace: DictionaryObject
    ) throws(PythonException) {
        guard function.globals == namespace.object,
            function.code?.names.contains(where: { PythonText.equals($0, "getattr") }) ?? false
        else { return }
        let globals = try namespace.copy()
        let getItem = try PythonReference.importing("_operator").attribute("getitem")
        unsafe try globals.dictionary.set(getItem, for: "getattr")
        unsafe CPython_Function_setGlobals(function.object.pointer, globals.pointer)
    }
}
