# case: getstate_of_class
# control: 3.11-, later a built-in type has no dictionary in its structure
pwn_class_dict(object.__getstate__(int), int)
# case: getstate_of_function_type
# control: 3.11-, later a built-in type has no dictionary in its structure
pwn_class_dict(object.__getstate__(type(pwn)), type(pwn))
# case: getstate_bound
# control: 3.11-, later a built-in type has no dictionary in its structure
pwn_class_dict(object.__getstate__.__get__(str)(), str)
# case: getstate_by_methodcaller
# control: 3.11-, later a built-in type has no dictionary in its structure
import operator
class Meta(type): pass
pwn_class_dict(operator.methodcaller("__getstate__")(object.__new__(object)) or object.__getstate__(dict), dict)
# case: reduce_of_class_with_newargs
# control: 3.11-, later a built-in type has no dictionary in its structure
class Meta(type):
    def __getnewargs__(cls): return ()
class A(metaclass=Meta): pass
try:
    state = object.__reduce_ex__(A, 2)[2]
    pwn_class_dict(state if isinstance(state, dict) else {}, A)
except TypeError: pass
pwn_class_dict(object.__getstate__(int), int)
# case: copy_of_class_state
# control: 3.11-, later a built-in type has no dictionary in its structure
import copy
pwn_class_dict(object.__getstate__(bytes), bytes)
# case: mappingproxy_eq
class Leak:
    def __eq__(self, other):
        Leak.found = other
        return True
float.__dict__ == Leak()
pwn_class_dict(Leak.found, float)
# case: mappingproxy_ne
class Leak:
    def __ne__(self, other):
        Leak.found = other
        return True
float.__dict__ != Leak()
pwn_class_dict(Leak.found, float)
# case: mappingproxy_lt
class Leak:
    def __gt__(self, other):
        Leak.found = other
        return True
float.__dict__ < Leak()
pwn_class_dict(Leak.found, float)
# case: mappingproxy_reflected_eq
class Leak(dict):
    def __eq__(self, other):
        Leak.found = other
        return True
Leak() == float.__dict__
float.__dict__ == Leak()
pwn_class_dict(Leak.found, float)
# case: mappingproxy_or
class Leak:
    def __ror__(self, other):
        Leak.found = other
        return 1
float.__dict__ | Leak()
pwn_class_dict(Leak.found, float)
# case: mappingproxy_ror
class Leak(dict):
    def __or__(self, other):
        Leak.found = other
        return 1
Leak() | float.__dict__
pwn_class_dict(Leak.found, float)
# control: none, the left operand goes first and gets the proxy itself
# case: mappingproxy_or_by_operator
import operator
class Leak:
    def __ror__(self, other):
        Leak.found = other
        return 1
operator.or_(float.__dict__, Leak())
pwn_class_dict(Leak.found, float)
# case: mappingproxy_eq_by_wrapper
class Leak:
    def __eq__(self, other):
        Leak.found = other
        return True
type(float.__dict__).__eq__(float.__dict__, Leak())
pwn_class_dict(Leak.found, float)
# case: mappingproxy_or_by_wrapper
class Leak:
    def __ror__(self, other):
        Leak.found = other
        return 1
type(float.__dict__).__or__(float.__dict__, Leak())
pwn_class_dict(Leak.found, float)
# case: mappingproxy_in_list_comparison
class Leak:
    def __eq__(self, other):
        Leak.found = other
        return True
[float.__dict__] == [Leak()]
pwn_class_dict(Leak.found, float)
# case: metaclass_call_globals
class Meta(type):
    def __call__(cls, *a): return cls.__init__.__globals__
class A(metaclass=Meta):
    def __init__(self): pass
pwn(A())
# case: metaclass_prepare_leak
class Meta(type):
    @classmethod
    def __prepare__(mcs, name, bases): return {"__builtins__": None}
class A(metaclass=Meta):
    found = __builtins__
pwn(A.found)
# control: none, the namespace is the class's own
# case: init_subclass_hook
class Base:
    def __init_subclass__(cls, **kw): pwn(cls.f.__globals__)
class A(Base):
    def f(self): pass
# case: set_name_hook
class D:
    def __set_name__(self, owner, name): pwn(owner.f.__code__)
class A:
    def f(self): pass
    d = D()
# case: class_getitem_hook
class A:
    def __class_getitem__(cls, key): return cls.f.__globals__
    def f(self): pass
pwn(A[0])
# case: descriptor_get_hook
class D:
    def __get__(self, obj, owner): return owner.f.__globals__
class A:
    d = D()
    def f(self): pass
pwn(A.d)
# case: build_class_function
cls = __build_class__(lambda: None, "A")
pwn(__build_class__.__self__)
# case: instancecheck_hook
import json
class Meta(type):
    def __instancecheck__(cls, obj):
        Meta.found = obj.__globals__
        return True
class A(metaclass=Meta): pass
isinstance(json.dumps, A)
pwn(Meta.found)
# case: abc_subclasshook
import abc, json
class A(abc.ABC):
    @classmethod
    def __subclasshook__(cls, c):
        A.found = type.__subclasses__(object)
        return True
issubclass(int, A)
for c in A.found:
    if c.__name__ == "BuiltinImporter": pwn(c.load_module("sys"))
# case: abc_dump_registry
import abc, collections.abc
for c in collections.abc.Hashable.__subclasses__():
    try: pwn(c.__init__.__globals__)
    except Exception: pass
for c in type.__subclasses__(object):
    if c.__name__ == "BuiltinImporter": pwn(c.load_module("sys"))
# case: abc_private_dump
import abc, collections.abc
pwn(abc._get_dump.__self__)
# case: type_three_arguments
A = type("A", (), {"f": lambda self: 0})
pwn(A.f.__globals__)
# case: subclass_of_function_type
class F(type(pwn)): pass
# control: none, the class of functions takes no subclasses
# case: function_type_constructor
import types
f = types.FunctionType((lambda: 0).__code__, {"__builtins__": {}})
pwn(f.__code__)
pwn(pwn.__code__)
# case: function_type_from_own
F = type(pwn)
f = F(getattr(lambda: 0, "__code__"), {})
pwn(getattr(f, "__code__"))
# case: code_type_constructor
C = type(getattr(pwn, "__code__"))
pwn(getattr(pwn, "__code__"))
# case: class_of_builtin_importer_by_module_name
import warnings
for c in type.__subclasses__(type(warnings.catch_warnings).__base__):
    try: pwn(c.load_module("sys"))
    except Exception: pass
# case: del_class_guard
try: del type(pwn).__globals__
except TypeError: pass
pwn(pwn.__globals__)
# case: monkeypatch_library_class
import json
class Spy:
    def __get__(self, obj, owner):
        Spy.found = obj
        return lambda *a, **k: iter(())
json.JSONEncoder.iterencode = Spy()
try: json.JSONEncoder().encode([1])
except Exception: pass
pwn(Spy.found.encode.__func__.__globals__)
# case: overridden_class_property
import json
class A:
    __class__ = property(lambda self: type(json.dumps))
pwn(type(json.dumps).__dict__["__globals__"].__get__(json.dumps))
# case: change_class_of_module_view
import json, types
class M(types.ModuleType):
    @property
    def found(self): return self.__spec__
json.__class__ = M
pwn(json.found.loader.load_module.__globals__)
# case: weak_reference_to_real_module
import weakref, json
r = weakref.ref(json)
pwn(r().__builtins__)
# case: super_of_module
import json
pwn(super(type(json), json).__getattribute__("__dict__")["__builtins__"])
# case: weak_reference_callbacks
import abc, collections.abc, operator, weakref
found = set()
class Mine(collections.abc.Sized):
    def __len__(self): return 0
isinstance(1, collections.abc.Sized)
for c in (int, str, dict, list, type, Mine):
    for ref in weakref.getweakrefs(c):
        callback = operator.attrgetter("__callback__")(ref)
        if callback is None: continue
        others = operator.attrgetter("__self__")(callback)()
        for other in others:
            if other() is not None: found.add(other())
if len(found) > 1: escaped("the classes in a cache")
