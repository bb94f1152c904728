// The numbers of CPython's instructions, which only PythonRuntime/CPythonVersion/Instructions.swift uses, and how they
// encode their arguments. The numbers come from CPython's own header. An instruction that a version does not have gets a
// negative number here, which no instruction in any code has.
#pragma once
#include <opcode.h>

#if PY_VERSION_HEX >= 0x030C0000
// A call is CALL alone. LOAD_METHOD is only the compiler's own number for LOAD_ATTR with the lowest bit of its argument set.
#define PRECALL (-1)
#else
#define LOAD_SUPER_ATTR (-1)
#define LOAD_FAST_CHECK (-1)
#define LOAD_FROM_DICT_OR_GLOBALS (-1)
#define LOAD_FROM_DICT_OR_DEREF (-1)
#define RETURN_CONST (-1)
#endif

#if PY_VERSION_HEX >= 0x030D0000
// CALL_KW, after a LOAD_CONST of the names.
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
// BINARY_OP with the operator NB_SUBSCR.
#define BINARY_SUBSCR (-1)
#else
#define LOAD_SMALL_INT (-1)
#define LOAD_FAST_BORROW (-1)
#define LOAD_FAST_BORROW_LOAD_FAST_BORROW (-1)
#define NB_SUBSCR (-1)
#endif

// Whether the instruction, which reads an attribute, reads a method in order to call it.
static inline int CPython_loadsMethod(int opcode, long argument) {
#if PY_VERSION_HEX >= 0x030C0000
    return opcode == LOAD_ATTR && (argument & 1) != 0;
#else
    return opcode == LOAD_METHOD;
#endif
}

// The number of bits below the index of the name in the argument of an instruction that reads a global or an attribute.
static inline int CPython_flagBits(int opcode) {
#if PY_VERSION_HEX >= 0x030C0000
    if (opcode == LOAD_ATTR) return 1;
    if (opcode == LOAD_SUPER_ATTR) return 2;
#endif
    return opcode == LOAD_GLOBAL ? 1 : 0;
}

// The index of the local variable that an instruction pushes last. Instructions for two variables, from 3.13 on, have four
// bits for each.
static inline long CPython_lastVariable(int opcode, long argument) {
    return opcode == LOAD_FAST_LOAD_FAST || opcode == STORE_FAST_LOAD_FAST || opcode == LOAD_FAST_BORROW_LOAD_FAST_BORROW
        ? argument & 15
        : argument;
}

// An int of the argument of LOAD_SMALL_INT, borrowed: there is one object for each, which is never freed.
static inline PyObject *_Nullable CPython_smallInteger(long value) {
    PyObject *number = PyLong_FromLong(value);
    Py_XDECREF(number);
    return number;
}
