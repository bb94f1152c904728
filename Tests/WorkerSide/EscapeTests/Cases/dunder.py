# case: function_globals
pwn(pwn.__globals__)
# case: library_function_globals
import json
pwn(json.dumps.__globals__)
# case: method_globals
import json
pwn(json.JSONEncoder.encode.__globals__)
# case: bound_method_func_globals
import json
pwn(json.JSONEncoder().encode.__func__.__globals__)
# case: init_globals
import textwrap
pwn(textwrap.TextWrapper.__init__.__globals__)
# case: function_builtins
pwn(pwn.__builtins__)
# case: function_code
pwn(pwn.__code__)
# case: function_code_replace
code = pwn.__code__
pwn(code)
# case: closure_cells
def outer():
    secret = 1
    def inner():
        return secret
    return inner
cells = outer().__closure__
if cells and cells[0].cell_contents == 1:
    import contextlib
    @contextlib.contextmanager
    def cm(): yield
    pwn(cm.__closure__[0].cell_contents.__code__)
# case: library_closure
import functools
wrapper = functools.singledispatch(pwn)
for cell in wrapper.__closure__:
    pwn(getattr(cell.cell_contents, "__globals__", None))
# case: builtin_self
pwn(len.__self__)
# case: print_self
# control: none, the runner has a print of its own
pwn(print.__self__)
# case: import_self
pwn(__import__.__self__)
# control: none, the runner's own import function never has a module behind it
# case: getattr_self
pwn(getattr.__self__)
# case: module_function_self
import math
pwn(math.sqrt.__self__)
# case: subclasses_of_object
for c in object.__subclasses__():
    if c.__name__ == "BuiltinImporter":
        pwn(c.load_module("sys"))
# case: subclasses_of_object_by_type
for c in type.__subclasses__(object):
    if c.__name__ == "BuiltinImporter":
        pwn(c.load_module("sys"))
# case: subclasses_by_mro
for c in ().__class__.__mro__[1].__subclasses__():
    if c.__name__ == "_wrap_close":
        pwn(c.__init__.__globals__)
# case: subclasses_by_base
for c in "".__class__.__base__.__subclasses__():
    if c.__name__ == "_wrap_close":
        pwn(c.__init__.__globals__)
# case: subclasses_with_loader
for c in [].__class__.__base__.__subclasses__():
    if "importlib" in str(c):
        try:
            pwn(c.load_module("sys"))
        except Exception:
            pass
# case: subclasses_recursive
def walk(c, seen):
    for s in type.__subclasses__(c):
        if s not in seen:
            seen.add(s)
            walk(s, seen)
    return seen
for c in walk(object, set()):
    try:
        pwn(c.__init__.__globals__)
    except Exception:
        pass
# case: reduce_ex_function_globals
pwn((1).__reduce_ex__(4)[0].__globals__)
# case: reduce_ex_copyreg
class A: pass
pwn(A().__reduce_ex__(2)[0].__globals__)
# case: reduce_builtin_method
f = [].append.__reduce__()[0]
pwn(f(pwn, "__globals__"))
# case: reduce_iterator
f = iter([1]).__reduce__()[0]
pwn(f.__self__)
# case: module_spec
import json
pwn(json.__spec__.loader.load_module("sys"))
# control: none, the loader of json loads json alone
# case: module_loader_globals
import json
pwn(json.__loader__.load_module.__globals__)
# case: builtins_loader
import math
pwn(math.__loader__.load_module.__globals__)
# case: module_dict_builtins
import json
pwn(json.__dict__["__builtins__"])
# case: builtins_name
pwn(__builtins__)
# case: loader_name
pwn(__loader__.load_module("sys"))
# control: none, a task's globals have no loader
# case: own_globals_by_method
class A:
    def f(self): pass
pwn(A().f.__func__.__globals__)
# case: own_globals_by_class
class A:
    def __init__(self): pass
pwn(A.__init__.__globals__)
# case: lambda_globals
pwn((lambda: 0).__globals__)
# case: comprehension_lambda_globals
pwn([(lambda: 0).__globals__ for _ in [1]][0])
# case: generator_expression_code
pwn((i for i in []).gi_code)
# case: property_getter_globals
import fractions
pwn(fractions.Fraction.numerator.fget.__globals__)
# case: wrapped_globals
import functools
@functools.lru_cache
def f(): pass
pwn(f.__wrapped__.__globals__)
# case: partial_func_globals
import functools, json
pwn(functools.partial(json.dumps).func.__globals__)
# case: kwdefaults_of_library
import json
pwn(json.dumps.__kwdefaults__)
pwn(json.dumps.__globals__)
# case: class_dict_descriptor
import json
pwn(json.JSONEncoder.__dict__["encode"].__globals__)
# case: raw_function_descriptor
pwn(type(pwn).__dict__["__globals__"].__get__(pwn))
# case: raw_function_descriptor_code
pwn(type(pwn).__dict__["__code__"].__get__(pwn, type(pwn)))
# case: object_getattribute
pwn(object.__getattribute__(pwn, "__globals__"))
# case: type_getattribute_on_function
pwn(type(pwn).__getattribute__(pwn, "__globals__"))
# case: super_getattribute
class A(dict):
    def probe(self):
        return super().__init__.__self__
import json
pwn(object.__getattribute__(json.dumps, "__globals__"))
