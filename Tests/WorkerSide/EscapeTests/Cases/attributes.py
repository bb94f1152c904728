# case: getattr_globals
import json
pwn(getattr(json.dumps, "__globals__"))
# case: getattr_assembled
import json
pwn(getattr(json.dumps, "__glo" + "bals__"))
# case: getattr_with_default
import json
pwn(getattr(json.dumps, "__globals__", None))
# case: getattr_lying_str
# control: none, Python believes the lie and finds nothing
import json
class S(str):
    def __eq__(self, other): return False
    def __hash__(self): return 0
    def __str__(self): return "harmless"
pwn(getattr(json.dumps, S("__globals__")))
# case: getattr_stateful_hash
# control: none, Python believes the lie and finds nothing
import json
class S(str):
    n = 0
    def __hash__(self):
        S.n += 1
        return str.__hash__("x") if S.n < 3 else str.__hash__(self)
pwn(getattr(json.dumps, S("__globals__")))
# case: getattr_stored
import json
g = getattr
pwn(g(json.dumps, "__globals__"))
# case: getattr_by_map
import json
pwn_all(list(map(getattr, [json.dumps], ["__globals__"])))
# case: getattr_by_partial
import functools, json
pwn(functools.partial(getattr, json.dumps)("__globals__"))
# case: getattr_by_reduce
import functools, json
pwn(functools.reduce(getattr, ["dumps", "__globals__"], json))
# case: getattr_as_decorator
import json
@(lambda f: getattr(json.dumps, f()))
def found(): return "__globals__"
pwn(found)
# case: getattr_as_sort_key
import json
found = []
class K:
    def __call__(self, x):
        found.append(getattr(json.dumps, x))
        return 0
sorted(["__globals__"], key=K())
pwn_all(found)
# case: attrgetter
import json, operator
pwn(operator.attrgetter("__globals__")(json.dumps))
# case: attrgetter_dotted
import json, operator
pwn(operator.attrgetter("dumps.__globals__")(json))
# case: attrgetter_many
import json, operator
pwn_all(operator.attrgetter("__name__", "__globals__")(json.dumps))
# case: attrgetter_by_map
import json, operator
pwn_all(map(operator.attrgetter("__globals__"), [json.dumps]))
# case: attrgetter_as_key
import json, operator, itertools
for key, _ in itertools.groupby([json.dumps], operator.attrgetter("__globals__")): pwn(key)
# case: attrgetter_as_property
import json, operator
class A:
    f = json.dumps
    g = property(operator.attrgetter("f.__globals__"))
pwn(A().g)
# case: attrgetter_in_re_sub
import json, operator, re
found = []
class L(list): pass
class P:
    f = staticmethod(json.dumps)
    def __call__(self, m):
        found.append(operator.attrgetter("f.__globals__")(self))
        return ""
re.sub(".", P(), "a")
pwn_all(found)
# case: attrgetter_from_library_frame
import json, operator, functools
@functools.singledispatch
def f(x): pass
f.register(type(json.dumps), operator.attrgetter("__globals__"))
pwn(f(json.dumps))
# case: attrgetter_from_library_frame_code
import json, operator, functools
@functools.singledispatch
def f(x): pass
f.register(type(json.dumps), operator.attrgetter("__code__"))
pwn(f(json.dumps))
# case: attrgetter_through_typing_frame
import json, operator, typing
class Meta(type):
    __annotations__ = property(operator.attrgetter("f.__globals__"))
class O(metaclass=Meta):
    f = json.dumps
    __no_type_check__ = None
class M:
    f = json.dumps
    __annotations__ = property(operator.attrgetter("f.__globals__"))
    __wrapped__ = property(operator.attrgetter("f.__globals__"))
try: pwn(typing.get_type_hints(O))
except Exception: pass
import types
fn = lambda: 0
class Callable_(types.SimpleNamespace):
    f = json.dumps
    __annotations__ = property(operator.attrgetter("f.__globals__"))
    def __call__(self): pass
try: pwn(typing.get_type_hints(Callable_()))
except Exception: pass
pwn(operator.attrgetter("f.__globals__")(M()))
# case: methodcaller_getattribute
import json, operator
pwn(operator.methodcaller("__getattribute__", "__globals__")(json.dumps))
# case: methodcaller_subclasses
import operator
for c in operator.methodcaller("__subclasses__")(object):
    if c.__name__ == "BuiltinImporter": pwn(c.load_module("sys"))
# case: methodcaller_reduce
import json, operator
pwn(operator.attrgetter("__globals__")(operator.methodcaller("__reduce_ex__", 2)(ValueError())[0]) if False else operator.attrgetter("__globals__")(operator.methodcaller("__reduce_ex__", 2)(type("A", (), {})())[0]))
# case: update_wrapper_copies
import functools, json
class W: pass
w = functools.update_wrapper(W(), json.dumps, assigned=("__globals__",), updated=())
pwn(w.__dict__.get("__globals__"))
# case: update_wrapper_code
import functools, json
class W: pass
w = functools.update_wrapper(W(), json.dumps, assigned=("__code__", "__closure__"), updated=())
pwn(w.__dict__.get("__code__"))
# case: update_wrapper_updated
import functools, json
class W: pass
w = W(); w.__dict__["__globals__"] = {}
functools.update_wrapper(w, json.dumps, assigned=(), updated=("__globals__",))
pwn(w.__dict__["__globals__"])
# case: cached_property_getter
import functools, json, operator
class A:
    f = staticmethod(json.dumps)
A.g = functools.cached_property(operator.attrgetter("f.__globals__"))
A.g.__set_name__(A, "g")
pwn(A().g)
# case: singledispatchmethod
import functools, json, operator
class A:
    f = functools.singledispatchmethod(operator.attrgetter("__globals__"))
d = functools.singledispatch(lambda x: None)
d.register(object, operator.attrgetter("__globals__"))
pwn(d(json.dumps))
# case: exit_stack_callback
import contextlib, json, operator
found = []
class Catch:
    def __enter__(self): return operator.attrgetter("__globals__")(json.dumps)
    def __exit__(self, *a): pass
with contextlib.ExitStack() as stack:
    found.append(stack.enter_context(Catch()))
pwn_all(found)
# case: heapq_key
import heapq, json, operator
for _, key in [(x, operator.attrgetter("__globals__")(x)) for x in heapq.nsmallest(1, [json.dumps], key=id)]: pwn(key)
# case: dir_then_getattr
import json
for name in dir(json.dumps):
    try: pwn(getattr(json.dumps, name))
    except Exception: pass
pwn(getattr(json.dumps, "__globals__"))
# case: hasattr_leak
import json
class S(str): pass
if hasattr(json.dumps, S("__globals__")): pwn(getattr(json.dumps, S("__globals__")))
# case: setattr_code
import json
def mine(obj, **kw): return 1
setattr(json.dumps, "__code__", getattr(mine, "__code__"))
if json.dumps({}) == 1: escaped("code of a library function changed")
# case: setattr_defaults_of_library
import json
json.dumps.__kwdefaults__ = {"cls": None}
pwn(json.dumps.__globals__)
# case: delattr_guard
try: delattr(type(pwn), "__globals__")
except Exception: pass
pwn(getattr(pwn, "__globals__"))
# case: vars_of_module
import json
pwn(vars(json)["__builtins__"])
# case: getattr_static_by_mro
import json
for cls in type(json.dumps).__mro__:
    d = cls.__dict__.get("__globals__")
    if d is not None: pwn(d.__get__(json.dumps))
# case: descriptor_get_by_operator
import json, operator
d = type(json.dumps).__dict__["__globals__"]
pwn(operator.methodcaller("__get__", json.dumps, type(json.dumps))(d))
# case: descriptor_in_own_class
import json
class A:
    g = type(json.dumps).__dict__["__globals__"]
try: pwn(A().g)
except TypeError: pass
pwn(type(json.dumps).__dict__["__globals__"].__get__(json.dumps))
# case: attribute_by_slot_wrapper
import json
pwn(type(json.dumps).__getattribute__(json.dumps, "__globals__"))
# case: attribute_by_bound_wrapper
import json
pwn(json.dumps.__getattribute__("__globals__"))
# case: hot_loop_specialised
import json, operator
g = operator.attrgetter("__globals__")
found = None
for i in range(5000):
    try: found = g(json.dumps)
    except AttributeError: pass
pwn(found)
# case: hot_loop_attribute
import json
def read(f): return f.__globals__
found = None
for i in range(5000):
    try: found = read(json.dumps)
    except AttributeError: pass
pwn(found)
# case: hot_loop_generator_frame
def read(g): return g.gi_frame
g = (i for i in [1])
found = None
for i in range(5000):
    try: found = read(g)
    except AttributeError: pass
pwn(found)
