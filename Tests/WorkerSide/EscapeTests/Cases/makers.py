# Code objects and functions of code that a library is made to make, in a frame that makes some itself.
# case: function_made_in_place_of_a_method
import functools, types
class W: pass
def own(): return __import__("sys")
code = functools.update_wrapper(W(), own, assigned=("__code__",), updated=()).__dict__["__code__"]
make = functools.lru_cache(None)(functools.partial(type(own), code, {}))
class F:
    __class__ = property(lambda s: type(own))
    __getattr__ = staticmethod(make)
    def __call__(self): pass
try: types.coroutine(F())
except TypeError: pass
pwn(make("__code__")())
# case: function_made_by_the_getter_of_a_property
import functools, types
class W: pass
def own(): return __import__("sys")
code = functools.update_wrapper(W(), own, assigned=("__code__",), updated=()).__dict__["__code__"]
make = functools.lru_cache(None)(functools.partial(type(own), code, {}))
class F(str):
    __class__ = property(lambda s: type(own))
    __code__ = property(make)
    def __call__(self): pass
f = F("name")
types.coroutine(f)
pwn(make(f)())
# case: code_replaced_by_the_getter_of_a_property
import functools, operator, types
class W: pass
def own(): return 1
code = functools.update_wrapper(W(), own, assigned=("__code__",), updated=()).__dict__["__code__"]
replace = functools.lru_cache(None)(functools.partial(code.replace, co_consts=(None, 42)))
class F:
    __class__ = property(lambda s: type(own))
    __code__ = property(functools.lru_cache(None)(operator.methodcaller("make")))
    make = staticmethod(replace)
    def __call__(self): pass
types.coroutine(F())
escaped(replace().co_name)
# case: code_made_by_the_getter_of_a_property
import functools, types
class W: pass
def own(): return 1
code = functools.update_wrapper(W(), own, assigned=("__code__",), updated=()).__dict__["__code__"]
make = functools.lru_cache(None)(functools.partial(
    type(code), 0, 0, 0, 0, 1, 3, b"\x97\x00d\x00S\x00", (42,), (), (), "f", "n", "q", 1, b"", b"", ()))
class F(tuple):
    __class__ = property(lambda s: type(own))
    __code__ = property(make)
    def __call__(self): pass
f = F()
types.coroutine(f)
escaped(make(f).co_name)
# case: code_set_by_a_computed_name
import functools
class W: pass
def own(): return 1
def other(): return 2
code = functools.update_wrapper(W(), other, assigned=("__code__",), updated=()).__dict__["__code__"]
try: functools.update_wrapper(own, type("W", (), {"__code__": code}), assigned=("__code__",), updated=())
except AttributeError: pass
if own() == 2: escaped("code")
# case: finaliser_that_replaces_code_in_the_import_system
import functools
class W: pass
def own(): return 1
code = functools.update_wrapper(W(), own, assigned=("__code__",), updated=()).__dict__["__code__"]
make = functools.lru_cache(None)(functools.partial(code.replace, co_consts=(None, 42)))
class X: __del__ = staticmethod(make)
for name in ("html.parser", "xml.dom.minidom", "xml.etree.ElementTree", "statistics", "difflib", "textwrap", "shlex",
        "csv", "uuid", "ipaddress", "gzip", "lzma", "bz2", "hmac", "calendar", "pprint", "graphlib", "quopri", "zoneinfo",
        "xml.dom.pulldom", "xml.sax.saxutils", "html.entities", "fractions"):
    for _ in range(50):
        x = X()
        x.me = x
    __import__(name)
if make.cache_info().currsize: escaped("code")
