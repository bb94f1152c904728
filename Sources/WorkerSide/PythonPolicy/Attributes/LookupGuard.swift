import CPython
import PythonRuntime

/// Makes ``Deputies`` of the C functions that look up an attribute by a name, or read through a descriptor, that their
/// caller chose: slot wrappers, `attrgetter`, `methodcaller`, and the methods `__getattr__` of C types.
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
    /// A task's `getattr`, and that of the interpreter. They live as long as the process.
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
        // Preloaded modules may have made some.
        let objects = try PythonReference.importing("gc").attribute("get_objects").call()
        for name: StaticString in ["attrgetter", "methodcaller"] {
            let type = try operators.attribute(name)
            guard let type = unsafe TypeObject(type.borrowed) else {
                throw PythonException.make(.systemError, "operator.\(name) is not a type")
            }
            try self.calls.replace(type, among: objects)
        }
    }

    /// Whether a new function has the interpreter's own built-ins only because a library made it: its code is no library's,
    /// and its namespace has none.
    func inheritsLibraryBuiltins(_ function: FunctionObject) -> Bool {
        guard
            unsafe BorrowedReference(CPython_Function_builtins(function.object.pointer))
                == self.context.realBuiltins.object,
            let globals = function.globals.flatMap({ DictionaryObject($0) }), let code = function.code
        else { return false }
        return globals[self.context.names.builtins] == nil && self.context.libraries.origin(of: code) == nil
    }

    /// What a task may have of the result of `__reduce__`.
    func reduction(_ reduction: consuming PythonReference) throws(PythonException) -> PythonReference {
        guard let parts = unsafe TupleObject(reduction.borrowed), let first = parts.first, first == self.realGetattr
        else {
            return reduction
        }
        return try PythonReference.tuple([self.getattr] + parts.dropFirst())
    }
}
