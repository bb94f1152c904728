// The opcode numbers of CPython's instructions, and functions that decode their arguments. The numbers come from
// CPython's own header. An instruction that a version does not have gets a negative number here, which occurs in no
// code. Except for version.h, only PythonRuntime/CPythonVersion/Instructions.swift uses this header.
#pragma once
#include <opcode.h>

#if PY_VERSION_HEX >= 0x030C0000
// From 3.12 on, a call has no PRECALL. LOAD_METHOD exists only inside the compiler, which writes it as LOAD_ATTR with
// the lowest bit of the argument set.
#define PRECALL (-1)
#else
#define LOAD_SUPER_ATTR (-1)
#define LOAD_FAST_CHECK (-1)
#define LOAD_FROM_DICT_OR_GLOBALS (-1)
#define LOAD_FROM_DICT_OR_DEREF (-1)
#define RETURN_CONST (-1)
#endif

#if PY_VERSION_HEX >= 0x030D0000
// From 3.13 on, a call with keywords is CALL_KW, and a LOAD_CONST before it loads the names.
#define KW_NAMES (-1)
#else
#define CALL_KW (-1)
#define LOAD_FAST_LOAD_FAST (-1)
#define STORE_FAST_LOAD_FAST (-1)
#endif

#if PY_VERSION_HEX >= 0x030E0000
#define LOAD_METHOD (-1)
#define RETURN_CONST (-1)
#define BUILD_CONST_KEY_MAP (-1)
// From 3.14 on, a subscript is BINARY_OP with the operator NB_SUBSCR.
#define BINARY_SUBSCR (-1)
#else
#define LOAD_SMALL_INT (-1)
#define LOAD_FAST_BORROW (-1)
#define LOAD_FAST_BORROW_LOAD_FAST_BORROW (-1)
#define NB_SUBSCR (-1)
#endif

// Whether an instruction that reads an attribute loads a method in order to call it.
static inline int CPython_loadsMethod(int opcode, long argument) {
#if PY_VERSION_HEX >= 0x030C0000
    return opcode == LOAD_ATTR && (argument & 1) != 0;
#else
    return opcode == LOAD_METHOD;
#endif
}

// How many low bits of an instruction's argument are flags. The index of a global's or an attribute's name is above
// them.
static inline int CPython_flagBits(int opcode) {
#if PY_VERSION_HEX >= 0x030C0000
    if (opcode == LOAD_ATTR) return 1;
    if (opcode == LOAD_SUPER_ATTR) return 2;
#endif
    return opcode == LOAD_GLOBAL ? 1 : 0;
}

// The index of the local variable that an instruction pushes last. From 3.13 on, an instruction for two variables has
// four bits of its argument for each.
static inline long CPython_lastVariable(int opcode, long argument) {
    return opcode == LOAD_FAST_LOAD_FAST || opcode == STORE_FAST_LOAD_FAST || opcode == LOAD_FAST_BORROW_LOAD_FAST_BORROW
        ? argument & 15
        : argument;
}

// The int object for the argument of LOAD_SMALL_INT, borrowed. CPython has one object for each small integer and never
// frees it.
static inline PyObject *_Nullable CPython_smallInteger(long value) {
    PyObject *number = PyLong_FromLong(value);
    Py_XDECREF(number);
    return number;
}
