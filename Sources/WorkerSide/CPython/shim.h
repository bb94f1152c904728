// Functions for the parts of <Python.h> that Swift cannot import: macros, and globals that Swift 6 rejects as shared
// mutable state. All are `static inline` functions with the prefix CPython_, and none adds behaviour.
#pragma once
#define PY_SSIZE_T_CLEAN
// pyconfig.h defines _GNU_SOURCE and similar macros. With them, some structs of the C library differ from those in
// Swift's Glibc module, and importing both is an error. Nothing below needs these macros, so they are undefined before
// the first system header is read (pyconfig.h has an include guard and is not read again).
#include <pyconfig.h>
#undef _GNU_SOURCE
#undef _XOPEN_SOURCE
#undef _XOPEN_SOURCE_EXTENDED
#undef _POSIX_C_SOURCE
#undef __EXTENSIONS__
#undef __BSD_VISIBLE
// Python's inline functions assert conditions that their callers here have tested. Swift's importer does not define
// NDEBUG, so the asserts would stay in a release build and keep the functions below from being inlined.
#ifndef NDEBUG
#define NDEBUG 1
#endif
#include <Python.h>
#include "version.h"

// Reference counting: CPython's inline functions are hidden by macros of the same name.
static inline void CPython_INCREF(PyObject *_Nonnull object) { Py_INCREF(object); }
static inline void CPython_DECREF(PyObject *_Nonnull object) { Py_DECREF(object); }
static inline void CPython_XDECREF(PyObject *_Nullable object) { Py_XDECREF(object); }
static inline Py_ssize_t CPython_REFCNT(PyObject *_Nonnull object) { return Py_REFCNT(object); }

// Singletons: macros that take the address of a global. Borrowed.
static inline PyObject *_Nonnull CPython_None(void) { return Py_None; }
static inline PyObject *_Nonnull CPython_True(void) { return Py_True; }
static inline PyObject *_Nonnull CPython_False(void) { return Py_False; }
static inline PyObject *_Nonnull CPython_NotImplemented(void) { return Py_NotImplemented; }
static inline PyObject *_Nonnull CPython_Ellipsis(void) { return Py_Ellipsis; }

// The real type of an object, regardless of its `__class__`: a macro.
static inline PyTypeObject *_Nonnull CPython_TYPE(PyObject *_Nonnull object) { return Py_TYPE(object); }

// Built-in types: globals, whose address Swift 6 does not let code take. Borrowed, and alive as long as the process.
#define CPYTHON_TYPE(name) \
    static inline PyTypeObject *_Nonnull CPython_##name##_Type(void) { return &Py##name##_Type; }
CPYTHON_TYPE(BaseObject)
CPYTHON_TYPE(Type)
CPYTHON_TYPE(Bool)
CPYTHON_TYPE(Long)
CPYTHON_TYPE(Float)
CPYTHON_TYPE(Complex)
CPYTHON_TYPE(Unicode)
CPYTHON_TYPE(Bytes)
CPYTHON_TYPE(ByteArray)
CPYTHON_TYPE(MemoryView)
CPYTHON_TYPE(List)
CPYTHON_TYPE(Tuple)
CPYTHON_TYPE(Dict)
CPYTHON_TYPE(DictProxy)
CPYTHON_TYPE(Set)
CPYTHON_TYPE(FrozenSet)
CPYTHON_TYPE(Slice)
CPYTHON_TYPE(Range)
CPYTHON_TYPE(Module)
CPYTHON_TYPE(Function)
CPYTHON_TYPE(Method)
CPYTHON_TYPE(Cell)
CPYTHON_TYPE(CFunction)
CPYTHON_TYPE(MethodDescr)
CPYTHON_TYPE(ClassMethodDescr)
CPYTHON_TYPE(GetSetDescr)
CPYTHON_TYPE(MemberDescr)
CPYTHON_TYPE(WrapperDescr)
CPYTHON_TYPE(Property)
CPYTHON_TYPE(Code)
CPYTHON_TYPE(Frame)
CPYTHON_TYPE(TraceBack)
CPYTHON_TYPE(Gen)
CPYTHON_TYPE(Coro)
CPYTHON_TYPE(AsyncGen)
#undef CPYTHON_TYPE

// Type tests: macros over the type's flags, true for subclasses; the Exact ones compare the type itself.
static inline int CPython_Bool_Check(PyObject *_Nonnull object) { return PyBool_Check(object); }
static inline int CPython_Long_Check(PyObject *_Nonnull object) { return PyLong_Check(object); }
static inline int CPython_Long_CheckExact(PyObject *_Nonnull object) { return PyLong_CheckExact(object); }
static inline int CPython_Float_Check(PyObject *_Nonnull object) { return PyFloat_Check(object); }
static inline int CPython_Float_CheckExact(PyObject *_Nonnull object) { return PyFloat_CheckExact(object); }
static inline int CPython_Unicode_Check(PyObject *_Nonnull object) { return PyUnicode_Check(object); }
static inline int CPython_Unicode_CheckExact(PyObject *_Nonnull object) { return PyUnicode_CheckExact(object); }
static inline int CPython_Bytes_Check(PyObject *_Nonnull object) { return PyBytes_Check(object); }
static inline int CPython_ByteArray_Check(PyObject *_Nonnull object) { return PyByteArray_Check(object); }
static inline int CPython_MemoryView_Check(PyObject *_Nonnull object) { return PyMemoryView_Check(object); }
static inline int CPython_List_Check(PyObject *_Nonnull object) { return PyList_Check(object); }
static inline int CPython_List_CheckExact(PyObject *_Nonnull object) { return PyList_CheckExact(object); }
static inline int CPython_Tuple_Check(PyObject *_Nonnull object) { return PyTuple_Check(object); }
static inline int CPython_Tuple_CheckExact(PyObject *_Nonnull object) { return PyTuple_CheckExact(object); }
static inline int CPython_Dict_Check(PyObject *_Nonnull object) { return PyDict_Check(object); }
static inline int CPython_Dict_CheckExact(PyObject *_Nonnull object) { return PyDict_CheckExact(object); }
static inline int CPython_AnySet_Check(PyObject *_Nonnull object) { return PyAnySet_Check(object); }
static inline int CPython_Module_Check(PyObject *_Nonnull object) { return PyModule_Check(object); }
static inline int CPython_Function_Check(PyObject *_Nonnull object) { return PyFunction_Check(object); }
static inline int CPython_CFunction_Check(PyObject *_Nonnull object) { return PyCFunction_Check(object); }
static inline int CPython_Code_Check(PyObject *_Nonnull object) { return PyCode_Check(object); }
static inline int CPython_Type_Check(PyObject *_Nonnull object) { return PyType_Check(object); }
static inline int CPython_Frame_Check(PyObject *_Nonnull object) { return PyFrame_Check(object); }
static inline int CPython_TraceBack_Check(PyObject *_Nonnull object) { return PyTraceBack_Check(object); }
static inline int CPython_ExceptionInstance_Check(PyObject *_Nonnull object) { return PyExceptionInstance_Check(object); }
static inline int CPython_ExceptionClass_Check(PyObject *_Nonnull object) { return PyExceptionClass_Check(object); }
static inline int CPython_Gen_CheckExact(PyObject *_Nonnull object) { return PyGen_CheckExact(object); }
static inline int CPython_Coro_CheckExact(PyObject *_Nonnull object) { return PyCoro_CheckExact(object); }
static inline int CPython_AsyncGen_CheckExact(PyObject *_Nonnull object) { return PyAsyncGen_CheckExact(object); }

// Element access without checks: macros. The index must be in range and the type right; results are borrowed.
static inline Py_ssize_t CPython_Tuple_GET_SIZE(PyObject *_Nonnull tuple) { return PyTuple_GET_SIZE(tuple); }
static inline PyObject *_Nonnull CPython_Tuple_GET_ITEM(PyObject *_Nonnull tuple, Py_ssize_t index) {
    return PyTuple_GET_ITEM(tuple, index);
}
static inline void CPython_Tuple_SET_ITEM(PyObject *_Nonnull tuple, Py_ssize_t index, PyObject *_Nonnull stolen) {
    PyTuple_SET_ITEM(tuple, index, stolen);
}
static inline Py_ssize_t CPython_List_GET_SIZE(PyObject *_Nonnull list) { return PyList_GET_SIZE(list); }
static inline PyObject *_Nonnull CPython_List_GET_ITEM(PyObject *_Nonnull list, Py_ssize_t index) {
    return PyList_GET_ITEM(list, index);
}
static inline void CPython_List_SET_ITEM(PyObject *_Nonnull list, Py_ssize_t index, PyObject *_Nonnull stolen) {
    PyList_SET_ITEM(list, index, stolen);
}
static inline const char *_Nonnull CPython_Bytes_AS_STRING(PyObject *_Nonnull bytes) {
    return PyBytes_AS_STRING(bytes);
}
static inline Py_ssize_t CPython_Bytes_GET_SIZE(PyObject *_Nonnull bytes) { return PyBytes_GET_SIZE(bytes); }
static inline double CPython_Float_AS_DOUBLE(PyObject *_Nonnull number) { return PyFloat_AS_DOUBLE(number); }

// Text storage: macros over the string's layout. The string must be in the "ready" state. Only the C API's legacy
// constructors make strings that are not.
static inline Py_ssize_t CPython_Unicode_LENGTH(PyObject *_Nonnull text) { return PyUnicode_GET_LENGTH(text); }
static inline int CPython_Unicode_KIND(PyObject *_Nonnull text) { return (int)PyUnicode_KIND(text); }
static inline void *_Nonnull CPython_Unicode_DATA(PyObject *_Nonnull text) { return PyUnicode_DATA(text); }
static inline int CPython_Unicode_IS_ASCII(PyObject *_Nonnull text) { return PyUnicode_IS_ASCII(text) ? 1 : 0; }
static inline Py_UCS4 CPython_Unicode_READ(PyObject *_Nonnull text, Py_ssize_t index) {
    return PyUnicode_READ_CHAR(text, index);
}

// Exception classes: Swift imports them as mutable globals. Borrowed, and alive as long as the process.
#define CPYTHON_EXCEPTION(name) \
    static inline PyObject *_Nonnull CPython_Exc_##name(void) { return PyExc_##name; }
CPYTHON_EXCEPTION(BaseException)
CPYTHON_EXCEPTION(BaseExceptionGroup)
CPYTHON_EXCEPTION(Exception)
CPYTHON_EXCEPTION(AttributeError)
CPYTHON_EXCEPTION(EOFError)
CPYTHON_EXCEPTION(GeneratorExit)
CPYTHON_EXCEPTION(ImportError)
CPYTHON_EXCEPTION(IndentationError)
CPYTHON_EXCEPTION(IndexError)
CPYTHON_EXCEPTION(KeyError)
CPYTHON_EXCEPTION(KeyboardInterrupt)
CPYTHON_EXCEPTION(MemoryError)
CPYTHON_EXCEPTION(ModuleNotFoundError)
CPYTHON_EXCEPTION(NameError)
CPYTHON_EXCEPTION(OSError)
CPYTHON_EXCEPTION(OverflowError)
CPYTHON_EXCEPTION(PermissionError)
CPYTHON_EXCEPTION(RecursionError)
CPYTHON_EXCEPTION(RuntimeError)
CPYTHON_EXCEPTION(StopIteration)
CPYTHON_EXCEPTION(SyntaxError)
CPYTHON_EXCEPTION(SyntaxWarning)
CPYTHON_EXCEPTION(SystemError)
CPYTHON_EXCEPTION(SystemExit)
CPYTHON_EXCEPTION(TypeError)
CPYTHON_EXCEPTION(UnboundLocalError)
CPYTHON_EXCEPTION(UnicodeError)
CPYTHON_EXCEPTION(ValueError)
#undef CPYTHON_EXCEPTION

// Makes a Python function from a C function. PyCFunction_NewEx is a macro, and a method table entry stores every calling
// convention under one pointer type, which Swift cannot cast to. `definition` must live as long as the process.
static inline PyObject *_Nullable CPython_newFastcallFunction(
    PyMethodDef *_Nonnull definition, const char *_Nonnull name, _PyCFunctionFastWithKeywords _Nonnull function,
    const char *_Nullable documentation, PyObject *_Nullable self
) {
    definition->ml_name = name;
    definition->ml_meth = (PyCFunction)(void (*)(void))function;
    definition->ml_flags = METH_FASTCALL | METH_KEYWORDS;
    definition->ml_doc = documentation;
    return PyCMethod_New(definition, self, NULL, NULL);
}

// Whether the initialisation failed.
static inline int CPython_Status_isException(PyStatus status) { return PyStatus_Exception(status); }

// The path of the interpreter's library. dladdr() is declared only with _GNU_SOURCE, so it is declared here under
// another name.
typedef struct {
    const char *_Nullable file;
    void *_Nullable base;
    const char *_Nullable symbol;
    void *_Nullable address;
} CPython_LoadedObject;
extern int CPython_dladdr(const void *_Nonnull address, CPython_LoadedObject *_Nonnull object) __asm__("dladdr");
static inline const char *_Nullable CPython_libraryPath(void) {
    CPython_LoadedObject object;
    return CPython_dladdr((const void *)&Py_GetVersion, &object) != 0 ? object.file : NULL;
}

// Whether a path can be read. Used to find the standard library before the interpreter is started.
#include <unistd.h>
static inline int CPython_isReadable(const char *_Nonnull path) { return access(path, R_OK) == 0; }

// Ordered dictionaries: calls the iterator of OrderedDict itself, even if a subclass overrides `__iter__`.
static inline int CPython_ODict_Check(PyObject *_Nonnull object) { return PyODict_Check(object); }
static inline PyObject *_Nullable CPython_ODict_iterate(PyObject *_Nonnull object) {
    return PyODict_Type.tp_iter(object);
}

// Type flags. Swift does not import the macros Py_TPFLAGS_*, because their values are shift expressions.
static inline unsigned long CPython_TypeFlag_heap(void) { return Py_TPFLAGS_HEAPTYPE; }
static inline unsigned long CPython_TypeFlag_collected(void) { return Py_TPFLAGS_HAVE_GC; }
static inline unsigned long CPython_TypeFlag_base(void) { return Py_TPFLAGS_BASETYPE; }
static inline unsigned long CPython_TypeFlag_vectorcall(void) { return Py_TPFLAGS_HAVE_VECTORCALL; }

// The flags of a type that Python code cannot instantiate, subclass or change.
static inline unsigned int CPython_streamTypeFlags(void) {
    return Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE;
}

// Whether an object is an exception group. The type is a mutable global that needs a cast.
static inline int CPython_isExceptionGroup(PyObject *_Nonnull object) {
    return PyObject_TypeCheck(object, (PyTypeObject *)PyExc_BaseExceptionGroup);
}

// For the policy: casts between function pointer types, which C permits and Swift does not. A method table stores every
// calling convention under one type, and a wrapper descriptor stores `void *`.
static inline PyObject *_Nullable CPython_callWithKeywords(
    PyCFunction _Nonnull function, PyObject *_Nullable self, PyObject *_Nullable arguments, PyObject *_Nullable keywords
) {
    return ((PyCFunctionWithKeywords)(void (*)(void))function)(self, arguments, keywords);
}
static inline PyObject *_Nullable CPython_callFast(
    PyCFunction _Nonnull function, PyObject *_Nullable self, PyObject *_Nullable const *_Nullable arguments,
    Py_ssize_t count
) {
    return ((_PyCFunctionFast)(void (*)(void))function)(self, arguments, count);
}
static inline PyObject *_Nullable CPython_callFastWithKeywords(
    PyCFunction _Nonnull function, PyObject *_Nullable self, PyObject *_Nullable const *_Nullable arguments,
    Py_ssize_t count, PyObject *_Nullable names
) {
    return ((_PyCFunctionFastWithKeywords)(void (*)(void))function)(self, arguments, count, names);
}
static inline PyCFunction _Nonnull CPython_erasingFastcall(_PyCFunctionFast _Nonnull function) {
    return (PyCFunction)(void (*)(void))function;
}
static inline PyCFunction _Nonnull CPython_erasingFastcallKeywords(_PyCFunctionFastWithKeywords _Nonnull function) {
    return (PyCFunction)(void (*)(void))function;
}
static inline PyCFunction _Nonnull CPython_erasingKeywords(PyCFunctionWithKeywords _Nonnull function) {
    return (PyCFunction)(void (*)(void))function;
}
static inline void *_Nonnull CPython_erasingCompare(richcmpfunc _Nonnull function) { return (void *)function; }
static inline void *_Nonnull CPython_erasingTernary(ternaryfunc _Nonnull function) { return (void *)function; }
static inline void *_Nonnull CPython_erasingBinary(binaryfunc _Nonnull function) { return (void *)function; }
static inline void *_Nonnull CPython_erasingInitialiser(initproc _Nonnull function) { return (void *)function; }
static inline void *_Nonnull CPython_erasingDestructor(destructor _Nonnull function) { return (void *)function; }
static inline void *_Nonnull CPython_erasingTraverse(traverseproc _Nonnull function) { return (void *)function; }
static inline void *_Nonnull CPython_erasingInquiry(inquiry _Nonnull function) { return (void *)function; }
static inline void *_Nonnull CPython_erasingSetAttribute(setattrofunc _Nonnull function) { return (void *)function; }
