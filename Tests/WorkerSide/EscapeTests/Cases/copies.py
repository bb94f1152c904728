# Library code that stores what it reads in an object of the task, and imports whose names change after they were checked.
# case: module_behind_a_builtin_in_partialmethod
import functools
class G:
    def __get__(self, o, c=None): return len
    def __call__(self): pass
class C: m = functools.partialmethod(G())
pwn(C().m.__dict__["__self__"])
# case: builtins_of_an_own_function_in_update_wrapper
import functools
class W: pass
def f(): pass
b = functools.update_wrapper(W(), f, assigned=("__builtins__",), updated=()).__dict__["__builtins__"]
m = W(); m.__name__ = "os"
b["__import__"] = lambda *a: m
from json import path
pwn(path.os)
# case: caller_of_an_own_frame_in_update_wrapper
import functools, json
class W: pass
def get(o, n): return functools.update_wrapper(W(), o, assigned=(n,), updated=()).__dict__[n]
def key(o): raise ValueError
try: json.dumps(W(), default=key)
except ValueError as e: tb = e.__traceback__
while tb.tb_next: tb = tb.tb_next
frame = get(get(tb, "tb_frame"), "f_back")
escaped("frame " + str(frame)) if frame else None
# case: key_that_compares_unequal_the_second_time
import collections
class K(str):
    n = 0
    __hash__ = str.__hash__
    def __eq__(s, o):
        if str.__eq__(s, o): K.n += 1; return K.n < 2
        return False
collections.__dict__[K("path")] = 5
collections.__name__ = "os"
from collections import path
pwn(path.os)
# case: finaliser_between_two_imported_names
import collections
collections.path = 1; collections.trig = 2; collections.__name__ = "os"
class X:
    def __del__(s): del collections.path
trig = X()
from collections import trig, path
pwn(path.os)
# case: view_of_another_class
import collections
class Mod(type(collections)):
    def __getattribute__(s, n):
        if n == "path": raise AttributeError(n)
        if n == "__name__": return "os"
        return object.__getattribute__(s, n)
collections.path = 4
collections.__class__ = Mod
from collections import path
pwn(path.os)
# case: code_replaced_in_a_frame_that_replaces_text
# control: 3.13-, later ForwardRef has no subclasses
import collections, functools, itertools, typing
got = []
class H:
    def __set__(s, o, v): got.append(v)
    def __get__(s, o, t=None): return got[-1]
class F(typing.ForwardRef, _root=True): __forward_code__ = H()
F("1+1")
changed = functools.partial(got[-1].replace, co_name="changed")
N = collections.namedtuple("N", "a", defaults=itertools.starmap(changed, [()]))
escaped(N._field_defaults["a"].co_name)
# case: import_as_through_a_view_of_another_class
import json
class Mod(type(json)):
    def __getattribute__(s, n):
        if n == "encoder": raise AttributeError(n)
        return object.__getattribute__(s, n)
json.__class__ = Mod
import json.encoder as e
pwn(e)
# case: import_as_through_a_key_that_compares_unequal_later
import json
class K(str):
    n = 0
    __hash__ = str.__hash__
    def __eq__(s, o):
        if str.__eq__(s, o): K.n += 1; return K.n < limit
        return False
for limit in range(1, 9):
    K.n = 0
    json.__dict__.pop("encoder", None)
    json.__dict__[K("encoder")] = 5
    try:
        import json.encoder as e
        pwn(e)
    except ImportError: pass
