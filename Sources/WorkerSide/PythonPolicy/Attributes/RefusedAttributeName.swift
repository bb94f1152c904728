/// An attribute that tasks may not use, as data with a reason. The static check refuses it. At run time, a task's
/// `hasattr`, and `getattr` with a default, treat it as absent; `getattr` without a default, `setattr` and `delattr`
/// refuse it.
struct RefusedAttributeName {
    let name: StaticString
    let reason: String

    private init(_ name: StaticString, _ reason: String) {
        self.name = name
        self.reason = reason
    }

    /// Attributes that lead from an object into the interpreter. For most of them the guarded descriptors enforce the
    /// refusal; the static check reports it before the task runs, with a position. Commonly used attributes stay
    /// allowed: `__class__`, `__dict__`, `__name__`, `__doc__`, `__mro__`, `__bases__`, `__init__`, `__traceback__`,
    /// `__annotations__`, …
    static let all: [RefusedAttributeName] = [
        RefusedAttributeName("__globals__", "a function's module namespace"),
        RefusedAttributeName("__code__", "a function's code object"),
        RefusedAttributeName("__closure__", "the variables a function captured"),
        RefusedAttributeName("__builtins__", "the built-ins of a function or module"),
        RefusedAttributeName("__import__", "the import function by another way"),
        RefusedAttributeName("__build_class__", "the class builder by another way"),
        RefusedAttributeName("__loader__", "the loader of a module, which can load others"),
        RefusedAttributeName("__spec__", "the origin and loader of a module"),
        RefusedAttributeName("__subclasses__", "every class of the interpreter, from `object` down"),
        RefusedAttributeName("__self__", "the object, or module, that a built-in is bound to"),
        RefusedAttributeName(
            "__reduce__",
            "how an object is rebuilt: functions of the interpreter with their arguments"
        ),
        RefusedAttributeName(
            "__reduce_ex__",
            "how an object is rebuilt: functions of the interpreter with their arguments"
        ),
        RefusedAttributeName("__objclass__", "the class behind a descriptor"),
        RefusedAttributeName("gi_frame", "the frame of a generator"),
        RefusedAttributeName("gi_code", "the code object of a generator"),
        RefusedAttributeName("gi_yieldfrom", "the iterator inside a generator"),
        RefusedAttributeName("cr_frame", "the frame of a coroutine"),
        RefusedAttributeName("cr_code", "the code object of a coroutine"),
        RefusedAttributeName("cr_await", "what a coroutine waits for"),
        RefusedAttributeName("cr_origin", "where a coroutine was made"),
        RefusedAttributeName("ag_frame", "the frame of an asynchronous generator"),
        RefusedAttributeName("ag_code", "the code object of an asynchronous generator"),
        RefusedAttributeName("ag_await", "what an asynchronous generator waits for"),
        RefusedAttributeName("tb_frame", "the frame of a traceback"),
        RefusedAttributeName("f_back", "the caller's frame"),
        RefusedAttributeName("f_globals", "the namespace of a frame"),
        RefusedAttributeName("f_locals", "the variables of a frame"),
        RefusedAttributeName("f_builtins", "the built-ins of a frame"),
        RefusedAttributeName("f_code", "the code object of a frame"),
        RefusedAttributeName("f_trace", "the trace function of a frame"),
        RefusedAttributeName("co_code", "the instructions of a code object"),
        RefusedAttributeName("co_consts", "the constants of a code object"),
    ]

    /// Names that code must neither read nor bind: the interpreter uses them internally.
    static let names: [RefusedAttributeName] = [
        RefusedAttributeName("__builtins__", "the dictionary of built-ins"),
        RefusedAttributeName("__loader__", "the loader of a module"),
        RefusedAttributeName("__spec__", "the origin of a module"),
    ]
}
