import CPython
import PythonRuntime

/// Recognises functions of external packages that import a module named by their argument. Views leave these functions
/// out.
///
/// Such a function returns a real module, whose attributes lead to all modules it imported. Libraries call these
/// functions for optional features, and still can.
struct ImporterFunctions {
    private let libraries: LibraryPaths
    /// The names of the functions that import a module by name.
    private let importers: [BorrowedReference]
    private let wrapped: BorrowedReference

    init(_ context: PolicyContext) {
        self.libraries = context.libraries
        self.importers = context.names.importers
        self.wrapped = context.names.wrapped
    }

    /// Whether a value is such an import function of an external package, or a cache wrapped around one.
    func contain(_ value: BorrowedReference) -> Bool {
        guard let code = self.function(value)?.code, self.namesAnImporter(code) else { return false }
        return self.libraries.origin(of: code) == .external && self.passesNameOn(code)
    }

    /// The function itself, or the function wrapped by `functools.wraps`.
    private func function(_ value: BorrowedReference) -> FunctionObject? {
        if let function = FunctionObject(value) { return function }
        // Reads the object's dictionary, because reading the attribute could run code.
        guard let dictionary = unsafe BorrowedReference(CPython_Object_dictionary(value.pointer)),
            let wrapped = DictionaryObject(dictionary)?[self.wrapped]
        else { return nil }
        return FunctionObject(wrapped)
    }

    /// Whether the code, or code nested in it, uses the name of an import function. A cheap test that rules out nearly
    /// all functions.
    private func namesAnImporter(_ code: CodeObject) -> Bool {
        code.names.contains { self.importers.contains($0) } || code.nested.contains { self.namesAnImporter($0) }
    }

    /// Whether the code calls an import function with a name that is not a constant, or uses the function in another way
    /// than a call.
    private func passesNameOn(_ code: CodeObject) -> Bool {
        guard var instructions = try? Instructions(of: code) else { return true }
        var isLoaded = false
        var previous = Instruction.Operation.other
        while let instruction = instructions.next() {
            let operation = instruction.operation
            if isLoaded {
                // PUSH_NULL comes after the callable in CPython 3.13, and before it in 3.11.
                if operation == .pushNull { continue }
                // A call such as `f("name")` or `f("name", key="…")` loads the constant and then begins the call.
                if operation == .loadConstant, previous != .loadConstant {
                    previous = operation
                    continue
                }
                guard previous == .loadConstant, operation == .beginCall else { return true }
                isLoaded = false
            }
            previous = operation
            switch operation {
            case .loadGlobal, .loadName, .loadAttribute, .loadMethod:
                isLoaded = code.name(of: instruction).map { self.importers.contains($0) } ?? false
            default:
                break
            }
        }
        return code.nested.contains { self.passesNameOn($0) }
    }
}
