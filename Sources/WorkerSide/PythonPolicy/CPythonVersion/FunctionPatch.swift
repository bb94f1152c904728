import CPython
import PythonRuntime

/// Gives functions that library code makes of a task's code the built-ins of a task.
///
/// If the namespace has no `__builtins__`, `types.FunctionType(code, globals)` takes the built-ins of its caller. For
/// library code, these are the interpreter's own, and the task's code would count as library code. From CPython 3.14
/// on, the standard library makes such functions to evaluate annotations.
@safe
struct FunctionPatch {
    private var original: newfunc?

    /// Replaces the function behind the constructor.
    mutating func install() {
        let type = unsafe CPython_Function_Type()
        unsafe self.original = unsafe type.pointee.tp_new
        unsafe type.pointee.tp_new = unsafe Self.make
    }

    private static let make: newfunc = { type, arguments, keywords in
        guard let policy = unsafe PolicyGuard.current, let original = unsafe policy.lookups.functions.original else {
            return nil
        }
        let made = unsafe original(type, arguments, keywords)
        guard let function = unsafe BorrowedReference(made).flatMap(FunctionObject.init) else { return unsafe made }
        if policy.lookups.inheritsLibraryBuiltins(function) {
            unsafe CPython_Function_setBuiltins(function.object.pointer, policy.context.builtins.object.pointer)
        }
        return unsafe made
    }
}
