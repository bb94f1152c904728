/// An attribute that the static check refuses and the guarded `getattr` family does not answer.
struct RefusedAttribute {
    let name: StaticString
    let reason: String

    private init(_ name: StaticString, _ reason: String) {
        self.name = name
        self.reason = reason
    }

    /// Attributes that lead from an object into the interpreter. The guarded descriptors carry the weight for most of
    /// them; the static check says so early and with a position. Everyday ones stay allowed on purpose: `__class__`,
    /// `__dict__`, `__name__`, `__doc__`, `__mro__`, `__bases__`, `__init__`, `__traceback__`, `__annotations__`, …
    static let all: [RefusedAttribute] = [
        RefusedAttribute("__globals__", "a function's module namespace"),
        RefusedAttribute("__code__", "a function's code object"),
        RefusedAttribute("__closure__", "the variables a function captured"),
        RefusedAttribute("__builtins__", "the built-ins of a function or module"),
        RefusedAttribute("__import__", "the import function by another way"),
        RefusedAttribute("__build_class__", "the class builder by another way"),
        RefusedAttribute("__loader__", "the loader of a module, which can load others"),
        RefusedAttribute("__spec__", "the origin and loader of a module"),
        RefusedAttribute("__subclasses__", "every class of the interpreter, from `object` down"),
        RefusedAttribute("__self__", "the object, or module, that a built-in is bound to"),
        RefusedAttribute("__reduce__", "how an object is rebuilt: functions of the interpreter with their arguments"),
        RefusedAttribute(
            "__reduce_ex__",
            "how an object is rebuilt: functions of the interpreter with their arguments"
        ),
        RefusedAttribute("__objclass__", "the class behind a descriptor"),
        RefusedAttribute("gi_frame", "the frame of a generator"),
        RefusedAttribute("gi_code", "the code object of a generator"),
        RefusedAttribute("gi_yieldfrom", "the iterator inside a generator"),
        RefusedAttribute("cr_frame", "the frame of a coroutine"),
        RefusedAttribute("cr_code", "the code object of a coroutine"),
        RefusedAttribute("cr_await", "what a coroutine waits for"),
        RefusedAttribute("cr_origin", "where a coroutine was made"),
        RefusedAttribute("ag_frame", "the frame of an asynchronous generator"),
        RefusedAttribute("ag_code", "the code object of an asynchronous generator"),
        RefusedAttribute("ag_await", "what an asynchronous generator waits for"),
        RefusedAttribute("tb_frame", "the frame of a traceback"),
        RefusedAttribute("f_back", "the caller's frame"),
        RefusedAttribute("f_globals", "the namespace of a frame"),
        RefusedAttribute("f_locals", "the variables of a frame"),
        RefusedAttribute("f_builtins", "the built-ins of a frame"),
        RefusedAttribute("f_code", "the code object of a frame"),
        RefusedAttribute("f_trace", "the trace function of a frame"),
        RefusedAttribute("co_code", "the instructions of a code object"),
        RefusedAttribute("co_consts", "the constants of a code object"),
    ]

    /// Names that code must not use at all, read or bound: they are the interpreter's own wiring.
    static let names: [RefusedAttribute] = [
        RefusedAttribute("__builtins__", "the dictionary of built-ins"),
        RefusedAttribute("__loader__", "the loader of a module"),
        RefusedAttribute("__spec__", "the origin of a module"),
    ]
}
