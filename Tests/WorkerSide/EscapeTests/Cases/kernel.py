# With `*` the policy is out of the way on purpose: these cases reach the interpreter, and the kernel is the line.
# case: open_gc_objects
# policy: *
import gc, sys
pwn(sys)
# case: open_inspect_frame
# policy: *
import inspect
pwn(inspect.currentframe())
# case: open_ctypes
# policy: *
import ctypes, sys
address = id(sys)
pwn(ctypes.cast(address, ctypes.py_object).value)
# case: open_subclasses
# policy: *
for c in object.__subclasses__():
    if c.__name__ == "BuiltinImporter": pwn(c.load_module("sys"))
# case: open_gc_referents
# policy: *
import gc
for d in gc.get_referents(int.__dict__):
    pwn_class_dict(d, int)
# case: open_codecs
# policy: *
import json
pwn(json.codecs.sys)
