# case: eval_by_name
pwn(eval("__import__('sys')"))
# case: exec_by_name
exec("import sys; sys._terrarium_sentinel()")
# case: compile_by_name
pwn(compile("1", "x", "eval"))
# case: eval_by_alias
e = eval
pwn(e("__import__('sys')"))
# case: eval_as_default
def f(e=eval): return e("__import__('sys')")
pwn(f())
# case: eval_in_decorator
@eval
class _A: pass
# control: none, a class is no text
# case: eval_in_lambda
pwn((lambda: eval("__import__('sys')"))())
# case: eval_in_comprehension
pwn_all([eval(x) for x in ["__import__('sys')"]])
# case: eval_in_walrus
pwn((e := eval)("__import__('sys')"))
# case: eval_as_class_attribute
class A: run = eval
pwn(A.run("__import__('sys')"))
# case: eval_in_annotation
def f(x: eval("__import__('sys')._terrarium_sentinel()")): pass
f.__annotations__
# case: eval_in_fstring
text = f"{eval('__import__(chr(115)+chr(121)+chr(115))._terrarium_sentinel()')}"
# case: globals_function
pwn(globals())
# case: locals_function
def f():
    a = __import__
    return locals()
pwn(f()["a"]("sys"))
# case: vars_function
# control: none, it answers the variables of the task
pwn(vars())
# case: breakpoint_function
breakpoint()
# control: none, it waits for a console
# case: open_function
pwn_text(open("{SECRET}").read())
# case: input_function
pwn(input())
# control: none, it waits for a console
# case: memoryview_type
pwn(memoryview(b"x"))
# control: none, it leads nowhere by itself
# case: help_function
help("modules")
# control: none, there is none without site
# case: get_type_hints_string
import typing
class A: __annotations__ = {"x": "__import__('sys')"}
pwn(typing.get_type_hints(A)["x"])
# case: get_type_hints_calls
import typing
class A:
    x: "__import__('sys')._terrarium_sentinel()"
try: typing.get_type_hints(A)
except TypeError: pass
# case: get_type_hints_other_module
import typing
class A:
    __module__ = "os"
    __annotations__ = {"x": "sys"}
try: pwn(typing.get_type_hints(A)["x"])
except TypeError: pass
class B:
    __module__ = "os"
    __annotations__ = {"x": "sys._terrarium_sentinel()"}
try: typing.get_type_hints(B)
except Exception: pass
# case: get_type_hints_globalns
import typing
class A: __annotations__ = {"x": "sys._terrarium_sentinel()"}
try: typing.get_type_hints(A, {"__name__": "x"}, __import__("collections").ChainMap({"sys": __import__("sys")}))
except TypeError: pass
# case: get_type_hints_empty_globals
import typing
class A: __annotations__ = {"x": "__import__('sys')._terrarium_sentinel()"}
try: typing.get_type_hints(A, {}, {})
except TypeError: pass
# case: get_type_hints_traversal
import typing
class A: __annotations__ = {"x": "().__class__.__base__.__subclasses__()"}
try: found = typing.get_type_hints(A)["x"]
except TypeError: found = []
pwn_all([c.__init__.__globals__ for c in found if c.__name__ == "_wrap_close"])
import json
class B: __annotations__ = {"x": "f.__globals__['_terrarium_sentinel']()"}
try: typing.get_type_hints(B, {"f": json.dumps})
except Exception: pass
# case: get_type_hints_function_of_library
import typing, json
def f(): pass
f.__annotations__ = {"x": "sys"}
import functools
class W:
    __wrapped__ = json.dumps
    __annotations__ = {"x": "codecs.sys._terrarium_sentinel()"}
    def __call__(self): pass
try: typing.get_type_hints(W())
except Exception: pass
# case: forward_ref_evaluate
# control: 3.11-, later the arguments are others
import typing
try: typing.ForwardRef("__import__('sys')._terrarium_sentinel()")._evaluate({}, {}, frozenset())
except TypeError: pass
# case: forward_ref_module
# control: 3.11-, later the arguments are others
import typing
try: pwn(typing.ForwardRef("sys._terrarium_sentinel()", module="os")._evaluate(None, None, frozenset()))
except TypeError: pass
# case: forward_ref_in_list
import typing
class A: x: typing.List["__import__('sys')._terrarium_sentinel()"]
try: typing.get_type_hints(A)
except TypeError: pass
# case: forward_ref_code
import typing
pwn(typing.ForwardRef("1").__forward_code__)
# case: singledispatch_annotation
import functools
@functools.singledispatch
def f(x): pass
try:
    @f.register
    def g(x: "__import__('sys')._terrarium_sentinel()"): pass
except TypeError: pass
# case: dataclass_annotation_key
import dataclasses
class A: x = 1
A.__annotations__ = {"x,__import__('sys')._terrarium_sentinel()": int}
try:
    dataclasses.dataclass(init=False, repr=False)(A)
    A() == A()
except Exception: pass
# case: dataclass_annotation_key_in_module
import dataclasses
class A: x = 1
A.__annotations__ = {"x,sys._terrarium_sentinel()": int}
A.__module__ = "os"
try:
    dataclasses.dataclass(init=False, repr=False)(A)
    A() == A()
except Exception: pass
# case: dataclass_traversal_key
import dataclasses
class A: x = 1
A.__annotations__ = {"x,[c.load_module('sys')._terrarium_sentinel() for c in ().__class__.__base__.__subclasses__() if c.__name__=='BuiltinImporter']": int}
try:
    dataclasses.dataclass(init=False, repr=False)(A)
    A() == A()
except Exception: pass
# case: dataclass_shadowed_dict
# control: 3.13-, later annotations are not read from the dictionary
import dataclasses
class Meta(type):
    n = 0
    @property
    def __dict__(cls):
        Meta.n += 1
        return {"__annotations__": {"x,__import__('sys')._terrarium_sentinel()": int}}
class A(metaclass=Meta): x = 1
try:
    dataclasses.dataclass(init=False, repr=False)(A)
    A() == A()
except Exception: pass
# case: dataclass_lying_identifier
import dataclasses
class S(str):
    def isidentifier(self): return True
try:
    X = dataclasses.make_dataclass("X", [S("x,__import__('sys')._terrarium_sentinel()")], namespace={"x": 1}, init=False, repr=False)
    X() == X()
except Exception: pass
# case: make_dataclass_module
# control: 3.11-, later the module is an argument
import dataclasses
class S(str):
    def isidentifier(self): return True
try:
    X = dataclasses.make_dataclass("X", [S("x,sys._terrarium_sentinel()")], namespace={"x": 1, "__module__": "os"}, init=False, repr=False)
    X() == X()
except Exception: pass
# case: dataclass_from_library_frame
import dataclasses, functools
class A: x = 1
A.__annotations__ = {"x,__import__('sys')._terrarium_sentinel()": int}
A.__module__ = "functools"
d = functools.singledispatch(lambda cls: dataclasses.dataclass(init=False, repr=False)(cls))
d.register(type, dataclasses.dataclass(init=False, repr=False))
try:
    d(A)
    A() == A()
except Exception: pass
# case: dataclass_repr_globals
import dataclasses
@dataclasses.dataclass
class A: x: int
pwn(A.__repr__.__globals__)
pwn(A.__init__.__globals__)
# case: namedtuple_lying_identifier
import collections
class S(str):
    def isidentifier(self): return True
    def __str__(self): return self
    def startswith(self, *a): return False
import json
try: collections.namedtuple("X", [S("x=().__class__.__base__.__subclasses__()")])
except Exception: pass
class D(str):
    def isidentifier(self): return True
    def __str__(self): return self
found = []
class F:
    def __format__(self, s): return ""
T = collections.namedtuple("T", "a")
pwn(T.__new__.__globals__)
pwn(T._make.__func__.__globals__)
# case: namedtuple_new_builtins
import collections
T = collections.namedtuple("T", "a")
pwn(T.__repr__.__globals__)
# case: typing_alias_reduce
import typing, operator
a = typing.List[int]
a._name = "sys"
pwn(operator.methodcaller("__reduce__")(a)[1][0])
# case: typing_alias_reduce_copy
import typing, copy
a = typing.List[int]
a._name = "sys"
found = []
class Memo(dict):
    def get(self, key, default=None): return default
copy._deepcopy_dispatch[type(typing)] = lambda x, memo: pwn(x) or x
try: copy.deepcopy(a)
except Exception: pass
# case: typing_alias_dispatch_table
import typing, copy
a = typing.List[int]
a._name = "sys"
copy.dispatch_table[type(typing)] = lambda m: pwn(m) or "s"
try: copy.deepcopy(a)
except Exception: pass
# case: typing_namedtuple_globals
import typing
class T(typing.NamedTuple): x: int
pwn(T.__new__.__globals__)
pwn(T.__repr__.__globals__)
# case: enum_convert
import enum
E = enum.IntEnum._convert_("X", "os", filter=lambda n: n == "sys")
pwn(E.sys.value)
# control: none, an IntEnum takes no modules
# case: enum_convert_plain
import enum
E = enum.Enum._convert_("X", "os", filter=lambda n: n in ("sys", "path"))
pwn(E.sys.value)
# case: enum_convert_from_library_frame
import enum, functools
found = []
d = functools.singledispatch(lambda *a, **k: found.append(enum.Enum._convert_("X", "functools", lambda n: n == "_terrarium_sentinel")))
d(1)
try: found[0]._terrarium_sentinel.value()
except Exception: found[0]._terrarium_sentinel()
# case: enum_global_enum
import enum, contextlib
class E(enum.Enum):
    getattr = 1
    def __call__(self, obj, *a):
        pwn(obj)
        return None
E.__module__ = "contextlib"
enum.global_enum(E)
import io
try:
    with contextlib.redirect_stdout(io.StringIO()): pass
except Exception: pass
# case: enum_functional_module
import enum
E = enum.Enum("E", "a b", module="sys")
pwn(getattr(enum, "sys"))
# case: redirect_stream_modules
import contextlib
class R(contextlib.redirect_stdout): _stream = "modules"
r = R(None)
r.__enter__()
pwn_all(r._old_targets)
found = r._old_targets[0]
r.__exit__(None, None, None)
pwn(found["sys"])
# case: redirect_stream_lying
# control: none, Python believes the lie and finds stdout
import contextlib
class S(str):
    def __eq__(self, o): return True
    def __hash__(self): return hash("stdout")
class R(contextlib.redirect_stderr): _stream = S("modules")
r = R(None)
r.__enter__()
found = r._old_targets[0]
r.__exit__(None, None, None)
pwn(found["sys"])
# case: redirect_meta_path
import contextlib
class R(contextlib.redirect_stdout): _stream = "meta_path"
r = R([])
r.__enter__()
found = r._old_targets[0]
r.__exit__(None, None, None)
for f in found:
    try: pwn(f.load_module("sys"))
    except Exception: pass
# case: warnings_module
import warnings
pwn(warnings.catch_warnings()._module.sys)
# case: warnings_module_in_dict
import warnings
pwn(warnings.catch_warnings().__dict__["_module"])
# case: warnings_given_module
import warnings
class M: pass
w = warnings.catch_warnings(record=True, module=M())
pwn(getattr(w, "_module", None).sys)
# control: none, the given object has no sys
# case: warnings_category_import
import warnings
try: warnings._getcategory("sys.x")
except Exception: pass
pwn(warnings.sys)
# case: timeit_not_listed
import timeit
pwn(timeit.sys)
# case: code_not_listed
import code
pwn(code.sys)
# case: doctest_not_listed
import doctest
pwn(doctest.sys)
# case: pydoc_locate_not_listed
import pydoc
pwn(pydoc.locate("sys"))
# case: logging_config_not_listed
import logging.config
pwn(logging.config.sys if hasattr(logging.config, "sys") else logging.sys)
# case: ast_not_listed
# control: 3.13-, later ast does not import sys
import ast
pwn(ast.sys)
# case: replaced_forward_ref_evaluate
import typing
found = []
def spy(self, globalns=None, localns=None, *rest, **named):
    found.extend([globalns, localns, named.get("globals"), named.get("locals")])
    return int
typing.ForwardRef._evaluate = typing.ForwardRef.evaluate = spy
class A:
    __module__ = "os"
    __annotations__ = {"x": "int"}
typing.get_type_hints(A)
pwn_all(found)
# case: replaced_forward_ref_evaluate_function
import typing, json
found = []
def spy(self, globalns=None, localns=None, *rest, **named):
    found.extend([globalns, named.get("globals")])
    return int
typing.ForwardRef._evaluate = typing.ForwardRef.evaluate = spy
json.dumps.__annotations__ = {"x": "int"}
typing.get_type_hints(json.dumps)
pwn_all(found)
# case: forward_ref_evaluated_in_other_module
import typing
try: typing.ForwardRef("sys._terrarium_sentinel()", module="json.decoder")._evaluate({}, {}, frozenset())
except Exception: pass
class A:
    __module__ = "random"
    __annotations__ = {"x": "_os.sys._terrarium_sentinel()"}
try: typing.get_type_hints(A)
except Exception: pass
# case: text_signature_default
# control: none, only constants come back
import dataclasses
class A:
    __text_signature__ = "($self, x=sys.modules)"
try: dataclasses.dataclass(init=False)(A)
except Exception: pass
pwn_text(A.__doc__)
# case: lazily_imported_evaluator
import functools
@functools.singledispatch
def f(x): pass
try:
    @f.register
    def g(x: "[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == 'BuiltinImporter'][0].load_module('sys')._terrarium_sentinel()"): pass
except Exception: pass
try:
    @f.register
    def h(x: "__import__('sys')._terrarium_sentinel()"): pass
except Exception: pass
# case: timeit_imports
# stdlib: @safe,timeit
import timeit
timeit.timeit("__import__('sys')._terrarium_sentinel()", number=1)
# case: timeit_sees_no_real_module
# stdlib: @safe,timeit
import timeit
timeit.timeit("json.codecs.sys._terrarium_sentinel()", setup="import json", number=1)
# case: timeit_opens
# stdlib: @safe,timeit
import timeit
found = []
timeit.timeit("found.append(open('{SECRET}').read())", number=1, globals={"found": found})
pwn_text(found)
# case: interpreter_imports
# stdlib: @safe,code
import code
code.InteractiveInterpreter({}).runsource("__import__('sys')._terrarium_sentinel()")
# case: interpreter_built_ins_are_not_the_interpreters
# stdlib: @safe,code
import code
names = {}
code.InteractiveInterpreter(names).runsource("x = 1")
pwn(names["__builtins__"])
# case: warnings_module_in_class
import warnings
warnings.catch_warnings._module = None
pwn(warnings.catch_warnings()._module.sys)
# case: warnings_module_deleted_in_class
import warnings
try: del warnings.catch_warnings._module
except AttributeError: pass
pwn(warnings.catch_warnings()._module.sys)
# case: warnings_module_in_subclass
import warnings
class W(warnings.catch_warnings):
    _module = None
w = W()
pwn(w._module.sys)
pwn(w.__dict__["_module"].sys)
# case: warnings_module_by_slot
import warnings
class W(warnings.catch_warnings):
    __slots__ = ("_module",)
pwn(W()._module.sys)
# case: warnings_module_set_on_instance
import warnings
class W(warnings.catch_warnings):
    def __setattr__(self, name, value): pwn(value); pwn(getattr(value, "sys", None)); object.__setattr__(self, name, value)
W(record=True).__enter__()
# case: built_ins_in_the_namespace_that_a_forward_reference_gets
# control: 3.13-, later ForwardRef has no subclasses
import typing
class F(typing.ForwardRef, _root=True):
    def _evaluate(self, *given, **named):
        for namespace in given:
            if isinstance(namespace, dict) and "__builtins__" in namespace: escaped("built-ins")
        return int
class A: x: F("int")
typing.get_type_hints(A)
def f(x: F("int")): pass
typing.get_type_hints(f)
# case: built_ins_in_the_namespace_that_an_object_of_another_class_gets
import typing
class F:
    __class__ = typing.ForwardRef
    __forward_arg__ = "int"
    __forward_module__ = __forward_is_argument__ = __forward_is_class__ = __owner__ = None
    def _evaluate(self, *given, **named):
        for namespace in [*given, *named.values()]:
            if isinstance(namespace, dict) and "__builtins__" in namespace: escaped("built-ins")
        return int
    evaluate = _evaluate
class A: x: F()
typing.get_type_hints(A)
# case: finaliser_in_the_body_of_a_module
import functools, typing
got = []
class Capture:
    def __class_getitem__(cls, value):
        got.append(value)
        return int
class A:
    __annotations__ = {"x": "k[__import__('sys')]"}
    k = Capture
class X: __del__ = functools.partial(typing.get_type_hints, A)
for name in ("html.parser", "xml.dom.minidom", "xml.etree.ElementTree", "statistics", "difflib", "textwrap", "shlex",
        "csv", "uuid", "ipaddress", "gzip", "lzma", "bz2", "hmac", "calendar", "pprint", "graphlib", "quopri", "zoneinfo",
        "xml.dom.pulldom", "xml.sax.saxutils", "html.entities", "fractions"):
    for _ in range(50):
        x = X()
        x.me = x
    __import__(name)
pwn_all(got)
# case: callback_of_a_weak_reference_in_the_body_of_a_module
import functools, typing, weakref
got = []
class Capture:
    def __class_getitem__(cls, value):
        got.append(value)
        return int
class A:
    __annotations__ = {"x": "k[__import__('sys')]"}
    k = Capture
class X: pass
references = []
for name in ("html.parser", "xml.dom.minidom", "xml.etree.ElementTree", "statistics", "difflib", "textwrap", "shlex",
        "csv", "uuid", "ipaddress", "gzip", "lzma", "bz2", "hmac", "calendar", "pprint", "graphlib", "quopri", "zoneinfo",
        "xml.dom.pulldom", "xml.sax.saxutils", "html.entities", "fractions"):
    for _ in range(50):
        x = X()
        x.me = x
        references.append(weakref.finalize(x, typing.get_type_hints, A))
        references.append(weakref.ref(x, functools.partial(max, A, key=typing.get_type_hints)))
    __import__(name)
pwn_all(got)
# case: finaliser_that_converts_the_module_that_is_imported
import enum, functools
names = ("html.parser", "xml.dom.minidom", "xml.etree.ElementTree", "statistics", "difflib", "textwrap", "shlex",
    "csv", "uuid", "ipaddress", "gzip", "lzma", "bz2", "hmac", "calendar", "pprint", "graphlib", "quopri", "zoneinfo",
    "xml.dom.pulldom", "xml.sax.saxutils", "html.entities", "fractions")
made = []
for name in names:
    made.append(functools.lru_cache(None)(functools.partial(enum.Enum._convert_, "X", name, "__builtins__".__eq__)))
    X = type("X", (), {"__del__": staticmethod(made[-1])})
    for _ in range(12):
        for _ in range(40):
            x = X()
            x.me = x
    __import__(name)
for make in made:
    try: found = make()
    except KeyError: continue
    pwn(found.__dict__)
    pwn_all(list(found.__dict__.values()))
