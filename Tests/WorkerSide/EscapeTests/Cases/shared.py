# Classes of the standard library: a changed one gets what all other code passes to it.
# case: method_set_by_a_statement
import json
def default(self, o): return "mine"
try: json.JSONEncoder.default = default
except TypeError: pass
if json.JSONEncoder.default is default: escaped("class")
# case: method_deleted
import json
try: del json.JSONEncoder.default
except TypeError: pass
if "default" not in json.JSONEncoder.__dict__: escaped("class")
# case: method_set_by_setattr
import json
def default(self, o): return "mine"
try: setattr(json.JSONEncoder, "default", default)
except TypeError: pass
if json.JSONEncoder.default is default: escaped("class")
# case: method_set_by_the_slot_wrapper
import json
def default(self, o): return "mine"
try: type.__setattr__(json.JSONEncoder, "default", default)
except TypeError: pass
if json.JSONEncoder.default is default: escaped("class")
# case: method_set_by_update_wrapper
import functools, json
class W:
    def default(self, o): return "mine"
try: functools.update_wrapper(json.JSONEncoder, W, assigned=("default",), updated=())
except TypeError: pass
if json.JSONEncoder.default is W.default: escaped("class")
# case: method_set_by_update_wrapper_on_a_class_of_functools
import functools
class W:
    def __get__(self, o, c=None): return "mine"
try: functools.update_wrapper(functools.cached_property, W, assigned=("__get__",), updated=())
except TypeError: pass
if functools.cached_property.__get__ is W.__get__: escaped("class")
# case: method_set_through_a_generic_alias
import json, typing
def default(self, o): return "mine"
alias = typing.Counter
alias.__origin__ = json.JSONEncoder
try: alias.default = default
except TypeError: pass
if json.JSONEncoder.default is default: escaped("class")
# case: methods_set_by_dataclass
import dataclasses, json
try: dataclasses.dataclass(json.JSONEncoder)
except TypeError: pass
if "__dataclass_fields__" in json.JSONEncoder.__dict__: escaped("class")
# case: method_set_by_copy
import copy, json
def default(self, o): return "mine"
class A:
    def __reduce__(self): return (lambda: json.JSONEncoder, (), (None, {"default": default}))
try: copy.copy(A())
except TypeError: pass
if json.JSONEncoder.default is default: escaped("class")
# case: method_of_the_metaclass
import abc
def register(cls, sub): return sub
try: abc.ABCMeta.register = register
except TypeError: pass
if abc.ABCMeta.register is register: escaped("class")
# case: bases_set_through_the_descriptor
import html.parser
class V(html.parser.HTMLParser.__mro__[1]): pass
try: type.__dict__["__bases__"].__set__(html.parser.HTMLParser, (V,))
except TypeError: pass
if V in html.parser.HTMLParser.__mro__: escaped("class")
# case: abstract_methods_set_through_the_descriptor
import collections.abc
try: type.__dict__["__abstractmethods__"].__set__(collections.abc.Mapping, frozenset())
except TypeError: pass
try: collections.abc.Mapping()
except TypeError: pass
else: escaped("class")
# case: method_of_a_class_inside_a_class
import weakref
inner = type(next(iter(weakref.finalize._registry.values()))) if weakref.finalize._registry else weakref.finalize._Info
def f(self): return "mine"
try: inner.kept = f
except TypeError: pass
if getattr(inner, "kept", None) is f: escaped("class")
# case: method_set_by_a_name_in_the_code_of_the_metaclass
import enum
def f(*given): return "mine"
try: enum.Enum.get = f
except TypeError: pass
if getattr(enum.Enum, "get", None) is f: escaped("class")
# case: metaclass_set_through_the_descriptor
import abc, collections.abc
class M(abc.ABCMeta):
    def __call__(cls, *given): return given
try: object.__dict__["__class__"].__set__(collections.abc.Mapping, M)
except TypeError: pass
if type(collections.abc.Mapping) is M: escaped("class")
# case: built_ins_in_the_namespace_that_an_enum_reads
import enum
found = enum.IntEnum._convert_("X", "__main__", lambda name: True)
if "__builtins__" in found.__dict__: escaped("built-ins")
# case: built_ins_replaced_by_an_enum
import enum
try: enum.IntEnum._convert_("__builtins__", "__main__", lambda name: False)
except TypeError: pass
try:
    def f(): return __name__
    if type(f.__builtins__) is enum.EnumType: escaped("built-ins")
except (AttributeError, NameError): pass
# case: built_ins_replaced_by_global_enum
import enum
class C:
    __module__ = "__main__"
    __members__ = {"__builtins__": {"found": 1}}
try: enum.global_enum(C)
except AttributeError: pass
try:
    def f(): return found
    if f() == 1: escaped("built-ins")
except NameError: pass
# case: memory_of_a_buffered_reader
import gzip, io
kept = []
class Raw(io.RawIOBase):
    def readable(self): return True
    def readinto(self, memory):
        kept.append(memory)
        return 0
Reader = type(gzip.GzipFile(fileobj=io.BytesIO(), mode="rb")._buffer)
Reader(Raw()).read(1)
Reader(raw=Raw()).read(1)
for memory in kept:
    if "memoryview" in str(type(memory)): escaped("memory")
# case: memory_of_a_buffered_reader_of_a_library
import gzip, io
kept = []
stream = gzip.GzipFile(fileobj=io.BytesIO(), mode="rb")
def keep(memory):
    kept.append(memory)
    return 0
try: stream._buffer.raw.readinto = keep
except AttributeError: pass
stream.read(1)
for memory in kept:
    if "memoryview" in str(type(memory)): escaped("memory")
# case: memory_of_a_buffered_writer
import io, xml.etree.ElementTree as ET
kept = []
class Raw(io.RawIOBase):
    def writable(self): return True
    def write(self, memory):
        kept.append(memory)
        return len(memory)
ET.ElementTree(ET.Element("a")).write(Raw())
for memory in kept:
    if "memoryview" in str(type(memory)): escaped("memory")
# case: defaults_of_a_function_set_by_update_wrapper
import functools, json
class W:
    __kwdefaults__ = {"default": str, "cls": None, "skipkeys": False, "ensure_ascii": True, "check_circular": True,
        "allow_nan": True, "indent": None, "separators": None, "sort_keys": False}
try: functools.update_wrapper(json.dumps, W, assigned=("__kwdefaults__",), updated=())
except AttributeError: pass
try:
    if json.dumps(1j) == '"1j"': escaped("defaults")
except TypeError: pass
