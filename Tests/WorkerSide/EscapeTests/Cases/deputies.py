# C functions that a library is made to call inside of its own reading of an attribute.
# case: attrgetter_in_weak_method
import functools, operator, weakref
read = functools.lru_cache(None)(operator.attrgetter("f.__self__"))
class M:
    f = len
    __self__ = property(read)
    __func__ = None
m = M()
try: weakref.WeakMethod(m)
except TypeError: pass
pwn(read(m))
# case: getattribute_in_weak_method
import functools, weakref
read = functools.lru_cache(None)(len.__getattribute__)
class M:
    __getattr__ = staticmethod(read)
try: weakref.WeakMethod(M())
except TypeError: pass
pwn(read("__self__"))
# case: alias_in_weak_method
import functools, types, weakref
read = functools.lru_cache(None)(types.GenericAlias(len, ()).__getattribute__)
class M:
    __getattr__ = staticmethod(read)
try: weakref.WeakMethod(M())
except TypeError: pass
pwn(read("__self__"))
# case: proxy_in_weak_method
import functools, weakref
class C:
    f = len
target = len
read = functools.lru_cache(None)(weakref.proxy(target).__getattribute__)
class M:
    __getattr__ = staticmethod(read)
try: weakref.WeakMethod(M())
except TypeError: pass
pwn(read("__self__"))
# case: getattribute_in_get_type_hints
import functools, json, typing
read = functools.lru_cache(None)(json.dumps.__getattribute__)
class M:
    __getattr__ = staticmethod(read)
try: typing.get_type_hints(M())
except Exception: pass
pwn(read("__globals__"))
# case: bound_method_in_get_type_hints
import functools, json, typing
read = functools.lru_cache(None)(json.JSONEncoder().encode.__getattribute__)
class M:
    __getattr__ = staticmethod(read)
try: typing.get_type_hints(M())
except Exception: pass
pwn(read("__globals__"))
# case: super_in_get_type_hints
import functools, json, typing
class E(json.JSONEncoder): pass
read = functools.lru_cache(None)(super(E, E()).encode.__getattribute__)
class M:
    __getattr__ = staticmethod(read)
try: typing.get_type_hints(M())
except Exception: pass
pwn(read("__code__"))
# case: getattr_in_get_type_hints
import functools, json, typing
read = functools.lru_cache(None)(functools.partial(getattr, json.dumps))
class M:
    __getattr__ = staticmethod(read)
try: typing.get_type_hints(M())
except Exception: pass
pwn(read("__globals__"))
# case: reduction_called_by_a_library
import functools, json, string
read = functools.lru_cache(None)([].append.__reduce__)
class Mapping(dict):
    __getitem__ = staticmethod(lambda key: read())
string.Template("$a").safe_substitute(Mapping())
get = read()[0]
pwn(get(json.dumps, "__globals__"))
# case: reduction_in_deepcopy
import copy, functools, json
reduce = functools.lru_cache(None)([].append.__reduce_ex__)
class M:
    __reduce_ex__ = staticmethod(reduce)
try: copy.deepcopy(M())
except Exception: pass
pwn(reduce(4)[0](json.dumps, "__globals__"))
# case: subclasses_in_a_subclass_hook
import abc, functools
read = functools.lru_cache(None)(type.__subclasses__)
class A(metaclass=abc.ABCMeta):
    __subclasshook__ = staticmethod(read)
try: issubclass(object, A)
except Exception: pass
for c in read(object):
    if c.__name__ == "BuiltinImporter": pwn(c.load_module("sys"))
# case: subclasses_of_an_abstract_class_in_its_hook
import abc, collections.abc, functools
read = functools.lru_cache(None)(type.__subclasses__)
class A(metaclass=abc.ABCMeta):
    __subclasshook__ = staticmethod(read)
try: issubclass(collections.abc.MutableMapping, A)
except Exception: pass
for c in read(collections.abc.MutableMapping):
    if c.__name__ == "_Environ": escaped("a class of os")
# case: subclasses_in_single_dispatch
import abc, functools
read = functools.lru_cache(None)(type.__subclasses__)
class Meta(abc.ABCMeta):
    __subclasscheck__ = staticmethod(read)
class A(metaclass=Meta): pass
class B(A): pass
@functools.singledispatch
def f(x): pass
f.register(A, print)
try: f.dispatch(object)
except Exception: pass
for c in read(object):
    if c.__name__ == "BuiltinImporter": pwn(c.load_module("sys"))
# case: variables_of_a_generated_method
import dataclasses, functools
def fail(): raise ValueError
@dataclasses.dataclass(frozen=True)
class D:
    x: int = dataclasses.field(default_factory=fail)
class W: pass
def read(value, name):
    return functools.update_wrapper(W(), value, assigned=(name,), updated=()).__dict__.get(name)
try: D()
except ValueError as error:
    step = error.__traceback__
    while step is not None:
        frame = read(step, "tb_frame")
        if frame is not None:
            pwn_all((read(frame, "f_locals") or {}).values())
        step = step.tb_next
# case: property_of_a_library_by_a_computed_name
import functools, types
@types.coroutine
def f(): yield
class G:
    def __init__(self, g): self.g = g
    def send(self): pass
    def close(self): pass
    def throw(self): pass
    def __iter__(self): return self
    def __next__(self): raise StopIteration
import json
g = (lambda: (yield))()
wrapper = types._GeneratorWrapper(g) if hasattr(types, "_GeneratorWrapper") else None
class W: pass
w = functools.update_wrapper(W(), wrapper, assigned=("gi_frame",), updated=())
pwn(w.__dict__.get("gi_frame"))
# case: profile_of_a_thread
# stdlib: @safe,threading,inspect
import inspect, json, threading
found = []
threading.setprofile(lambda frame, event, value: found.append(value) if event == "return" else None)
def read():
    try: inspect.getsource(json.dumps)
    except Exception: pass
thread = threading.Thread(target=read)
thread.start()
thread.join()
pwn_all(found)
# case: trace_of_a_thread
# stdlib: @safe,threading,inspect
import inspect, json, threading
found = []
def trace(frame, event, value):
    if event == "return": found.append(value)
    return trace
threading.settrace(trace)
def read():
    try: inspect.getsource(json.dumps)
    except Exception: pass
thread = threading.Thread(target=read)
thread.start()
thread.join()
pwn_all(found)
# case: attrgetter_in_catch_warnings
import functools, operator, warnings
read = functools.lru_cache(None)(operator.attrgetter("real._module"))
class C(warnings.catch_warnings):
    real = warnings.catch_warnings()
    _module = property(read, lambda self, value: None)
c = C()
try:
    with c: pass
except AttributeError: pass
pwn(read(c))
# case: attrgetter_in_a_stack_summary
# stdlib: @safe,traceback
import functools, json, operator, traceback
read = functools.lru_cache(None)(operator.attrgetter("real.f_globals"))
try: json.loads("{")
except ValueError as error: frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
class Code:
    co_filename = co_name = co_qualname = "x"
class F:
    real = frames[-1]
    f_globals = property(read)
    f_code = Code()
    f_lineno = 1
f = F()
try: traceback.StackSummary.extract(iter([(f, 1)]))
except Exception: pass
pwn(read(f))
# case: defaults_of_a_library_by_setattr
import functools, json
class Mine:
    def __init__(self, **keywords): pass
    def encode(self, value): return "mine"
values = dict(skipkeys=False, ensure_ascii=True, check_circular=True, allow_nan=True, cls=Mine, indent=None, separators=None, default=None, sort_keys=False)
try: functools.singledispatch(functools.partial(setattr, json.dumps, "__kwdefaults__"))(values)
except AttributeError: pass
if json.dumps({}) == "mine": escaped("defaults of a library function")
# case: defaults_of_a_library_by_slot_wrapper
import functools, json
class Mine:
    def __init__(self, **keywords): pass
    def encode(self, value): return "mine"
values = dict(skipkeys=False, ensure_ascii=True, check_circular=True, allow_nan=True, cls=Mine, indent=None, separators=None, default=None, sort_keys=False)
try: functools.singledispatch(functools.partial(object.__setattr__, json.dumps, "__kwdefaults__"))(values)
except AttributeError: pass
if json.dumps({}) == "mine": escaped("defaults of a library function")
# case: defaults_of_a_library_by_descriptor
import functools, json
class Mine:
    def __init__(self, **keywords): pass
    def encode(self, value): return "mine"
values = dict(skipkeys=False, ensure_ascii=True, check_circular=True, allow_nan=True, cls=Mine, indent=None, separators=None, default=None, sort_keys=False)
set_ = type(json.dumps).__dict__["__kwdefaults__"].__set__
try: functools.singledispatch(functools.partial(set_, json.dumps))(values)
except AttributeError: pass
if json.dumps({}) == "mine": escaped("defaults of a library function")
