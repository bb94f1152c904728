import CPython
import PythonRuntime

/// Makes C functions run as ``Deputies`` if their caller chooses the name, or the descriptor, of the attribute that
/// they look up: slot wrappers, `attrgetter`, `methodcaller`, and the methods `__getattr__` of C types.
///
/// The functions of a task's built-ins and `str.format` run as deputies too: see ``AttributeFunctions`` and
/// ``MethodGuard``.
@safe
final class LookupGuard {
    private let context: PolicyContext
    var slotWrappers = SlotWrapperPatch()
    var calls = CallPatch()
    var reductions = ReductionPatch()
    var makers = CodeMakerPatch()
    var functions = FunctionPatch()
    /// A task's `getattr`, and the interpreter's own. They live as long as the process.
    let getattr: BorrowedReference
    let realGetattr: BorrowedReference?

    init(_ context: PolicyContext) throws(PythonException) {
        self.context = context
        self.realGetattr = context.realBuiltins["getattr"]
        self.getattr = unsafe try PythonFunction.make("getattr", AttributeFunctions.getattr).leak()
    }

    func install() throws(PythonException) {
        try self.slotWrappers.install()
        try self.reductions.install()
        try self.makers.install()
        self.functions.install()
        let operators = try PythonReference.importing("_operator")
        // Preloaded modules may have made instances of the two types already.
        let objects = try PythonReference.importing("gc").attribute("get_objects").call()
        for name: StaticString in ["attrgetter", "methodcaller"] {
            let type = try operators.attribute(name)
            guard let type = unsafe TypeObject(type.borrowed) else {
                throw PythonException.make(.systemError, "operator.\(name) is not a type")
            }
            try self.calls.replace(type, among: objects)
        }
    }

    /// Whether a new function has the interpreter's own built-ins only because a library made it: its code does not
    /// come from a library, and its namespace has no `__builtins__`.
    func inheritsLibraryBuiltins(_ function: FunctionObject) -> Bool {
        guard
            unsafe BorrowedReference(CPython_Function_builtins(function.object.pointer))
                == self.context.realBuiltins.object,
            let globals = function.globals.flatMap({ DictionaryObject($0) }), let code = function.code
        else { return false }
        return globals[self.context.names.builtins] == nil && self.context.libraries.origin(of: code) == nil
    }

    /// The result of `__reduce__`, with a task's `getattr` in place of the interpreter's own.
    func reduction(_ reduction: consuming PythonReference) throws(PythonException) -> PythonReference {
        guard let parts = unsafe TupleObject(reduction.borrowed), let first = parts.first, first == self.realGetattr
        else {
            return reduction
        }
        return try PythonReference.tuple([self.getattr] + parts.dropFirst())
    }
}
