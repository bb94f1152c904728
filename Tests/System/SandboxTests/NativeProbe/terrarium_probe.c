// The probe as a module of Python: built by a test, put into a folder of site-packages of that test's daemon and
// allowlisted there. No production code knows it.

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <string.h>

#include "CProbe.h"

static PyObject *attempt(PyObject *module, PyObject *arguments) {
    (void)module;
    const char *name;
    struct CProbe_targets targets;
    int process, segment, port;
    if (!PyArg_ParseTuple(
            arguments, "sisssssii", &name, &process, &targets.secret_file, &targets.library_file,
            &targets.writable_folder, &targets.unix_socket, &targets.abstract_socket, &segment, &port)) {
        return NULL;
    }
    targets.process = process;
    targets.segment_key = segment;
    targets.tcp_port = (uint16_t)port;
    for (size_t index = 0; index < CProbe_count(); index += 1) {
        if (strcmp(CProbe_name(index), name) == 0) {
            return PyLong_FromLong(CProbe_attempt(index, &targets));
        }
    }
    PyErr_SetString(PyExc_KeyError, name);
    return NULL;
}

static PyMethodDef methods[] = {
    {"attempt", attempt, METH_VARARGS, "Makes an attempt; 0 is success, a negative number an errno."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "terrarium_probe", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_terrarium_probe(void) {
    return PyModule_Create(&definition);
}
