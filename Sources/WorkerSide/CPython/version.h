// The parts of CPython's interface that change between its minor versions.
//
// Written for the sources of CPython 3.11 and 3.13, and tested with both. The port to 3.14 is not complete: what is here for
// it lets a build for porting begin (-Xcc -DTERRARIUM_PORTING), which makes no worker that starts.
//
// Swift code that depends on CPython's structures, instructions or behaviour in one version is in the folders
// `CPythonVersion` of PythonRuntime and PythonPolicy. It calls CPython's private functions only through this header. To
// add a version, compare those folders and this header with its sources, and run every test suite with it.
#pragma once

#if defined(Py_GIL_DISABLED)
#error "Terrarium needs CPython's global interpreter lock; free-threaded builds are not supported."
#elif PY_VERSION_HEX >= 0x030B0000 && PY_VERSION_HEX < 0x030E0000 && PY_MINOR_VERSION != 12
#define CPYTHON_IS_VERIFIED 1
#elif defined(TERRARIUM_PORTING) && PY_VERSION_HEX >= 0x030C0000 && PY_VERSION_HEX < 0x030F0000
#define CPYTHON_IS_VERIFIED 0
#else
#error "Terrarium was derived from and tested with CPython 3.11 and 3.13; Sources/WorkerSide/CPython/version.h says what to do."
#endif

// The version of the headers that this program was built with, that of the library it is linked to, and whether every
// guard was derived from that version and tested with it.
static inline unsigned long CPython_headerVersion(void) { return PY_VERSION_HEX; }
static inline unsigned long CPython_libraryVersion(void) { return Py_Version; }
static inline int CPython_isVerified(void) { return CPYTHON_IS_VERIFIED; }

#include "opcodes.h"
// Declares PyMember_GetOne() and PyMember_SetOne(), which read and write members of C structures for descriptors. From
// 3.12 on, Python.h declares them.
#include <structmember.h>

// Private functions, each with its public replacement in later versions. Results are owned references unless a comment
// says "borrowed".

// The decimal text of an int, even if a subclass overrides `__repr__`.
static inline PyObject *_Nullable CPython_Long_decimal(PyObject *_Nonnull number) {
    return PyLong_Type.tp_repr(number);
}

// The iterator of sets and frozensets, even if a subclass overrides `__iter__`.
static inline PyObject *_Nullable CPython_Set_iterate(PyObject *_Nonnull set) {
    return PyFrozenSet_Check(set) ? PyFrozenSet_Type.tp_iter(set) : PySet_Type.tp_iter(set);
}

// Reads an attribute. Sets `value` to NULL and returns 0 if that raises an AttributeError.
static inline int CPython_Object_lookupAttribute(
    PyObject *_Nonnull object, PyObject *_Nonnull name, PyObject *_Nullable *_Nonnull value
) {
#if PY_VERSION_HEX >= 0x030D0000
    return PyObject_GetOptionalAttr(object, name, value);
#else
    return _PyObject_LookupAttr(object, name, value);
#endif
}

// An empty dict with room for `count` entries. The public replacement is PyDict_New, whose dict grows.
static inline PyObject *_Nullable CPython_Dict_newPresized(Py_ssize_t count) { return _PyDict_NewPresized(count); }

// A type's own dictionary, borrowed: the type keeps it. From 3.12 on, tp_dict of a built-in type is NULL.
static inline PyObject *_Nullable CPython_Type_dictionary(PyTypeObject *_Nonnull type) {
#if PY_VERSION_HEX >= 0x030C0000
    PyObject *dictionary = PyType_GetDict(type);
    Py_XDECREF(dictionary);
    return dictionary;
#else
    return type->tp_dict;
#endif
}

// The value that a type or one of its bases has for a name, borrowed. No code of a metaclass runs.
static inline PyObject *_Nullable CPython_Type_lookup(PyTypeObject *_Nonnull type, PyObject *_Nonnull name) {
    return _PyType_Lookup(type, name);
}

// An object's own dictionary, borrowed; NULL if it has none, or if it has not been created yet.
static inline PyObject *_Nullable CPython_Object_dictionary(PyObject *_Nonnull object) {
    PyObject **dictionary = _PyObject_GetDictPtr(object);
    return dictionary != NULL ? *dictionary : NULL;
}

// The types of weak references and of bound slot wrappers. No version declares them publicly. From 3.13 on, the type of
// bound slot wrappers is not exported, so it is taken from an instance.
static inline PyTypeObject *_Nonnull CPython_MethodWrapper_Type(void) {
#if PY_VERSION_HEX >= 0x030D0000
    static PyTypeObject *type = NULL;
    if (type == NULL) {
        PyObject *wrapper = PyObject_GetAttrString(Py_None, "__str__");
        // This can happen only at the start of the process, when the policy is installed.
        if (wrapper == NULL) Py_FatalError("no memory for a bound slot wrapper");
        type = Py_TYPE(wrapper);
        Py_DECREF(wrapper);
    }
    return type;
#else
    return &_PyMethodWrapper_Type;
#endif
}
static inline PyTypeObject *_Nonnull CPython_WeakReference_Type(void) { return &_PyWeakref_RefType; }

// The frame that the interpreter executes: the first fields of `_PyInterpreterFrame`, which is declared in an internal
// header. The public functions are slower, because they make a frame object for each frame that they return.
// AttributeGuard compares the structure with the public functions before it relies on it.
#if PY_VERSION_HEX >= 0x030D0000
typedef struct CPython_InterpreterFrame {
    // From 3.14 on, the lowest bits of this pointer are a tag.
    uintptr_t executable;
    struct CPython_InterpreterFrame *_Nullable previous;
    uintptr_t function;
    PyObject *_Nonnull globals;
    PyObject *_Nonnull builtins;
    PyObject *_Nullable locals;
    PyObject *_Nullable frameObject;
    const uint8_t *_Nonnull instruction;
#if PY_VERSION_HEX >= 0x030E0000
    // The end of the frame's stack when its instruction called C code. The objects on the stack have tags as well.
    const uintptr_t *_Nullable top;
#endif
} CPython_InterpreterFrame;
// The size of a frame up to its first variable: the pointers above, and fields that are not declared here.
#define CPYTHON_FRAME_HEADER (sizeof(CPython_InterpreterFrame) + sizeof(void *))
static inline PyObject *_Nullable CPython_untagged(uintptr_t object) { return (PyObject *)(object & ~(uintptr_t)3); }
static inline PyObject *_Nonnull CPython_Frame_code(const CPython_InterpreterFrame *_Nonnull frame) {
    return CPython_untagged(frame->executable);
}
// Skips the frames that CPython inserts where C code calls Python code. Such a frame has no code object, and most of
// its fields are not set.
static inline const CPython_InterpreterFrame *_Nullable CPython_Frame_complete(
    const CPython_InterpreterFrame *_Nullable frame
) {
    while (frame != NULL && (CPython_Frame_code(frame) == NULL || !PyCode_Check(CPython_Frame_code(frame)))) {
        frame = frame->previous;
    }
    return frame;
}
static inline const CPython_InterpreterFrame *_Nullable CPython_innermostFrame(void) {
    return CPython_Frame_complete((const CPython_InterpreterFrame *)PyThreadState_Get()->current_frame);
}
#else
typedef struct CPython_InterpreterFrame {
    PyObject *_Nullable function;
    PyObject *_Nonnull globals;
    PyObject *_Nonnull builtins;
    PyObject *_Nullable locals;
    PyObject *_Nonnull code;
    PyObject *_Nullable frameObject;
    struct CPython_InterpreterFrame *_Nullable previous;
    const uint8_t *_Nonnull instruction;
    int stackTop;
    unsigned char isEntry;
} CPython_InterpreterFrame;
// The size of a frame up to its first variable: the pointers above, and fields that are not declared here.
#define CPYTHON_FRAME_HEADER (9 * sizeof(void *))
static inline PyObject *_Nonnull CPython_Frame_code(const CPython_InterpreterFrame *_Nonnull frame) {
    return frame->code;
}
static inline const CPython_InterpreterFrame *_Nullable CPython_Frame_complete(
    const CPython_InterpreterFrame *_Nullable frame
) {
    return frame;
}
static inline const CPython_InterpreterFrame *_Nullable CPython_innermostFrame(void) {
    return (const CPython_InterpreterFrame *)PyThreadState_Get()->cframe->current_frame;
}
#endif
// The frame that called `frame`; NULL for the outermost.
static inline const CPython_InterpreterFrame *_Nullable CPython_Frame_previous(
    const CPython_InterpreterFrame *_Nonnull frame
) {
    return CPython_Frame_complete(frame->previous);
}
// Whether C code called the frame's function, rather than an instruction of the frame before.
static inline int CPython_Frame_isCalledByC(const CPython_InterpreterFrame *_Nonnull frame) {
#if PY_VERSION_HEX >= 0x030D0000
    return frame->previous == NULL || CPython_Frame_complete(frame->previous) != frame->previous;
#else
    return frame->isEntry;
#endif
}
// The offset of the instruction that the frame executes, in bytes, as in `tb_lasti`.
static inline Py_ssize_t CPython_Frame_offset(const CPython_InterpreterFrame *_Nonnull frame) {
    return frame->instruction - (const uint8_t *)((PyCodeObject *)CPython_Frame_code(frame))->co_code_adaptive;
}
// Whether the frame's instruction passes these arguments to the callee, a type or the receiver of a method: they lie on the
// frame's stack, or the instruction passes a tuple. `count` is the number of arguments, including those passed by name.
static inline int CPython_Frame_isPassing(
    const CPython_InterpreterFrame *_Nonnull frame, PyObject *_Nonnull callee,
    PyObject *_Nullable const *_Nullable arguments, Py_ssize_t count
) {
    uint8_t opcode = *frame->instruction;
    if (opcode == CALL_FUNCTION_EX) return 1;
    const PyCodeObject *code = (PyCodeObject *)CPython_Frame_code(frame);
    const char *start = (const char *)frame + CPYTHON_FRAME_HEADER;
#if PY_VERSION_HEX >= 0x030E0000
    // The instruction passes a copy of the objects, without their tags, so the objects are compared. The numbers of the
    // specialised instructions are in the order of their names.
    int isNamed = opcode == CALL_KW || (opcode >= CALL_KW_BOUND_METHOD && opcode <= CALL_KW_PY);
    if (!isNamed && opcode != CALL && (opcode < CALL_ALLOC_AND_ENTER_INIT || opcode > CALL_TYPE_1)) return 0;
    // On the stack are the callable, its receiver or NULL, the arguments, and the tuple of the names if there is one.
    const uintptr_t *stack = (const uintptr_t *)start + code->co_nlocalsplus;
    if (frame->top == NULL || frame->top - isNamed - stack < count + 2) return 0;
    const uintptr_t *first = frame->top - isNamed - count;
    for (Py_ssize_t index = 0; index < count; index++) {
        if (CPython_untagged(first[index]) != arguments[index]) return 0;
    }
    PyObject *callable = CPython_untagged(first[-2]);
    if (callable == callee || CPython_untagged(first[-1]) == callee) return 1;
    return callable != NULL && PyCFunction_CheckExact(callable) && PyCFunction_GET_SELF(callable) == callee;
#else
    (void)callee;
    (void)count;
    const char *end = start + (size_t)(code->co_nlocalsplus + code->co_stacksize) * sizeof(void *);
    return (const char *)arguments >= start && (const char *)arguments <= end;
#endif
}

// Calls an object through its slot `tp_call`, without its vectorcall function. Declared in an internal header from 3.13 on.
#if PY_VERSION_HEX >= 0x030D0000
PyAPI_FUNC(PyObject *_Nullable) _PyObject_MakeTpCall(
    PyThreadState *_Nonnull state, PyObject *_Nonnull callable, PyObject *_Nullable const *_Nullable arguments,
    Py_ssize_t count, PyObject *_Nullable names
);
#endif
static inline PyObject *_Nullable CPython_callSlowly(
    PyObject *_Nonnull callable, PyObject *_Nullable const *_Nullable arguments, Py_ssize_t count,
    PyObject *_Nullable names
) {
    return _PyObject_MakeTpCall(PyThreadState_Get(), callable, arguments, count, names);
}

// Local variables as a dictionary. From 3.13 on (PEP 667), CPython returns the variables of a function as a proxy that
// writes to the function's frame. Such a proxy is copied, so that the result is a dict as in 3.11. Any other object is
// returned as it is. CPython_Locals_copied() takes over the reference that it is given.
static inline PyObject *_Nullable CPython_Locals_copied(PyObject *_Nullable locals) {
#if PY_VERSION_HEX >= 0x030D0000
    if (locals == NULL || !PyFrameLocalsProxy_Check(locals)) return locals;
    PyObject *copy = PyDict_New();
    if (copy != NULL && PyDict_Update(copy, locals) < 0) Py_CLEAR(copy);
    Py_DECREF(locals);
    return copy;
#else
    return locals;
#endif
}
static inline PyObject *_Nullable CPython_Frame_locals(PyFrameObject *_Nonnull frame) {
    return CPython_Locals_copied(PyFrame_GetLocals(frame));
}
static inline PyObject *_Nullable CPython_Eval_locals(void) {
#if PY_VERSION_HEX >= 0x030D0000
    return CPython_Locals_copied(PyEval_GetFrameLocals());
#else
    PyObject *locals = PyEval_GetLocals();
    Py_XINCREF(locals);
    return locals;
#endif
}

// Turns off `sys.remote_exec` of 3.14, by which another process can make this one run a file.
static inline void CPython_Config_refuseRemoteCode(PyConfig *_Nonnull config) {
#if PY_VERSION_HEX >= 0x030E0000
    config->remote_debug = 0;
#endif
}

// The name of the allocator of objects, such as "pymalloc", for tests. Declared in an internal header from 3.13 on.
#if PY_VERSION_HEX >= 0x030D0000
PyAPI_FUNC(const char *) _PyMem_GetCurrentAllocatorName(void);
#endif
static inline const char *_Nullable CPython_allocatorName(void) { return _PyMem_GetCurrentAllocatorName(); }

// The built-ins of a function, borrowed. No version has a public function for this field.
static inline PyObject *_Nullable CPython_Function_builtins(PyObject *_Nonnull function) {
    return ((PyFunctionObject *)function)->func_builtins;
}
// Gives a function other globals. Resets the function's version, by which specialised calls recognise the function.
static inline void CPython_Function_setGlobals(PyObject *_Nonnull function, PyObject *_Nonnull globals) {
    PyFunctionObject *object = (PyFunctionObject *)function;
    PyObject *former = object->func_globals;
    object->func_globals = Py_NewRef(globals);
    object->func_version = 0;
    Py_DECREF(former);
}
// Gives a function other built-ins. The function must not have been called yet.
static inline void CPython_Function_setBuiltins(PyObject *_Nonnull function, PyObject *_Nonnull builtins) {
    Py_INCREF(builtins);
    Py_SETREF(((PyFunctionObject *)function)->func_builtins, builtins);
}
// The frame of a traceback entry, borrowed.
static inline PyObject *_Nullable CPython_TraceBack_frame(PyObject *_Nonnull traceback) {
    return (PyObject *)((PyTracebackObject *)traceback)->tb_frame;
}

// The line of a traceback entry. From 3.12 on, the field is negative until Python code reads `tb_lineno`.
static inline int CPython_TraceBack_line(PyTracebackObject *_Nonnull traceback) {
    if (traceback->tb_lineno > 0) return traceback->tb_lineno;
    PyCodeObject *code = PyFrame_GetCode(traceback->tb_frame);
    int line = PyCode_Addr2Line(code, traceback->tb_lasti);
    Py_DECREF(code);
    return line;
}

// Extra data of a code object: a value of a pointer's size, which Python code cannot read; 0 if none is set.
#if PY_VERSION_HEX >= 0x030C0000
#define CPYTHON_EXTRA(name) PyUnstable_##name
#else
#define CPYTHON_EXTRA(name) _Py##name
#endif
static inline Py_ssize_t CPython_Code_requestExtra(void) { return CPYTHON_EXTRA(Eval_RequestCodeExtraIndex)(NULL); }
static inline size_t CPython_Code_getExtra(PyObject *_Nonnull code, Py_ssize_t index) {
    void *extra = NULL;
    return CPYTHON_EXTRA(Code_GetExtra)(code, index, &extra) == 0 ? (size_t)extra : 0;
}
static inline int CPython_Code_setExtra(PyObject *_Nonnull code, Py_ssize_t index, size_t value) {
    return CPYTHON_EXTRA(Code_SetExtra)(code, index, (void *)value);
}
#undef CPYTHON_EXTRA

// The traceback printer of faulthandler. Async-signal-safe: it allocates nothing, takes no lock and writes straight to
// the descriptor. The context is made before the signal and is used by one signal handler at a time.
typedef void (*CPython_StackDumper)(int descriptor, void *_Nullable context);
#if PY_VERSION_HEX >= 0x030D0000
// No function of the C API prints a traceback, so this calls faulthandler.dump_traceback(descriptor, False). To
// allocate nothing, it uses an int below 257, which exists already, and a tuple that is made beforehand. After
// printing, faulthandler checks for signals. A garbage collection that is due would run then, so collections are turned
// off.
#include <stdlib.h>
typedef struct {
    PyCFunction _Nonnull function;
    PyObject *_Nullable self;
    PyObject *_Nonnull arguments;
} CPython_StackDumpContext;
static inline void *_Nullable CPython_makeStackDumpContext(void) {
    PyObject *module = PyImport_ImportModule("faulthandler");
    PyObject *dump = module != NULL ? PyObject_GetAttrString(module, "dump_traceback") : NULL;
    Py_XDECREF(module);
    if (dump == NULL) return NULL;
    CPython_StackDumpContext *context = NULL;
    PyObject *arguments = Py_BuildValue("(iO)", 0, Py_False);
    if (!PyCFunction_Check(dump) || PyCFunction_GetFlags(dump) != (METH_VARARGS | METH_KEYWORDS)) {
        PyErr_SetString(PyExc_SystemError, "faulthandler.dump_traceback is called differently here");
    } else if (arguments != NULL && (context = (CPython_StackDumpContext *)malloc(sizeof *context)) == NULL) {
        PyErr_NoMemory();
    }
    if (context == NULL) {
        Py_XDECREF(arguments);
        Py_DECREF(dump);
        return NULL;
    }
    // The function object and the tuple live as long as the process. The tuple is untracked, so that no list of
    // objects, such as gc.get_objects(), contains it.
    PyObject_GC_UnTrack(arguments);
    context->function = PyCFunction_GetFunction(dump);
    context->self = PyCFunction_GetSelf(dump);
    context->arguments = arguments;
    return context;
}
static inline void CPython_dumpTraceback(int descriptor, void *_Nullable context) {
    CPython_StackDumpContext *dump = (CPython_StackDumpContext *)context;
    if (dump == NULL || descriptor < 0 || descriptor > 256) return;
    // While C code has released the interpreter lock, as sleep() does, its thread has no attached thread state.
    PyThreadState *detached = PyThreadState_GetUnchecked() == NULL ? PyGILState_GetThisThreadState() : NULL;
    if (detached != NULL) PyEval_RestoreThread(detached);
    int collects = PyGC_Disable();
    PyTuple_SET_ITEM(dump->arguments, 0, PyLong_FromLong(descriptor));
    ((PyCFunctionWithKeywords)(void (*)(void))dump->function)(dump->self, dump->arguments, NULL);
    if (collects) PyGC_Enable();
    if (detached != NULL) PyEval_SaveThread();
}
#else
// _Py_DumpTraceback is declared in an internal header, which cannot be included without Py_BUILD_CORE.
PyAPI_FUNC(void) _Py_DumpTraceback(int fd, PyThreadState *tstate);
static inline void *_Nullable CPython_makeStackDumpContext(void) { return PyThreadState_Get(); }
static inline void CPython_dumpTraceback(int descriptor, void *_Nullable context) {
    _Py_DumpTraceback(descriptor, (PyThreadState *)context);
}
#endif
static inline CPython_StackDumper _Nonnull CPython_stackDumper(void) { return &CPython_dumpTraceback; }
