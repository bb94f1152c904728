// scripts/layouts.sh compiles this file; it makes no program.
// Compares the structures that Sources/WorkerSide/CPython/version.h mirrors with CPython's internal headers, at compile time.
#define Py_BUILD_CORE 1
#include <Python.h>
#if PY_VERSION_HEX >= 0x030E0000
#include <internal/pycore_interpframe_structs.h>
#else
#include <internal/pycore_frame.h>
#endif
#undef Py_BUILD_CORE
#include <stddef.h>
#include "version.h"

#define SAME(theirs, ours)                                                                                    \
    _Static_assert(offsetof(_PyInterpreterFrame, theirs) == offsetof(CPython_InterpreterFrame, ours), #theirs)
SAME(previous, previous);
SAME(f_globals, globals);
SAME(f_builtins, builtins);
SAME(f_locals, locals);
SAME(frame_obj, frameObject);
#if PY_VERSION_HEX >= 0x030D0000
SAME(f_executable, executable);
SAME(f_funcobj, function);
SAME(instr_ptr, instruction);
#else
SAME(f_func, function);
SAME(f_code, code);
SAME(prev_instr, instruction);
SAME(stacktop, stackTop);
SAME(is_entry, isEntry);
#endif
_Static_assert(offsetof(_PyInterpreterFrame, localsplus) == CPYTHON_FRAME_HEADER, "the first variable");
