# case: import_sys
import sys
pwn(sys)
# case: import_os
import os
pwn(os)
# case: import_builtins
import builtins
pwn(builtins)
# case: import_dotted_os_path
import os.path
pwn(os)
# case: from_import
from os import path
pwn(path.os)
# case: import_in_function
def f():
    import sys
    return sys
pwn(f())
# case: import_in_lambda_by_dunder
pwn((lambda: __import__("sys"))())
# case: dunder_import
pwn(__import__("sys"))
# case: dunder_import_from_list
pwn(__import__("os.path", {}, {}, ["os"]).os)
# case: dunder_import_empty_list
pwn(__import__("sys", {}, {}, []))
# case: dunder_import_keyword
pwn(__import__(name="sys"))
# case: dunder_import_level
pwn(__import__("sys", {"__package__": "json"}, {}, [], 1))
# control: none, there is no json.sys
# case: dunder_import_relative_package
# control: none, the runner imports nothing relatively
pwn(__import__("", {"__package__": "json", "__name__": "json"}, {}, ["codecs"], 1).codecs.sys)
# case: dunder_import_lying_name
class S(str):
    def __eq__(self, o): return o == "json"
    def __hash__(self): return hash("json")
    def split(self, *a): return ["json"]
pwn(__import__(S("sys")))
# case: dunder_import_by_map
pwn_all(map(__import__, ["sys"]))
# case: dunder_import_dotted_hidden
pwn(__import__("json.codecs"))
# control: none, codecs is no submodule of json
# case: import_hidden_attribute
from json import codecs
pwn(codecs.sys)
# case: from_import_hidden_private
from random import _os
pwn(_os)
# case: from_import_star
exec("from random import *")
pwn(__import__("random")._os)
# case: from_import_renamed_view
import json
json.__name__ = "os"
from json import path
pwn(path.os)
# case: from_import_fallback
import xml.etree
xml.etree.__name__ = "xml"
from xml.etree import sax
pwn(sax)
# control: none, there is no such submodule
# case: from_import_unlisted_sibling
from xml import sax
pwn(sax.handler._terrarium_sentinel and sax)
# control: none, no sentinel is in modules that are loaded late
# case: import_as_builtin_name
import json as print
from sys import modules as len
pwn(len["sys"])
# case: importlib_module
import importlib
pwn(importlib.import_module("sys"))
# case: importlib_util
import importlib.util
pwn(importlib.util.sys)
# case: importlib_machinery
import importlib.machinery
pwn(importlib.machinery.BuiltinImporter.load_module("sys"))
# case: importlib_listed_import_module
# stdlib: @safe,importlib
import importlib
pwn(importlib.import_module("sys"))
# case: importlib_listed_dunder
# stdlib: @safe,importlib
import importlib
pwn(importlib.__import__("sys"))
# case: importlib_listed_reload
# stdlib: @safe,importlib
import importlib, json
pwn(importlib.reload(json).codecs.sys)
# case: importlib_listed_sys
# stdlib: @safe,importlib
import importlib
pwn(importlib.sys)
# case: importlib_listed_bootstrap
# stdlib: @safe,importlib
import importlib
pwn(importlib._bootstrap.sys)
# case: imp_module
# control: 3.11-, later there is no such module
import imp
pwn(imp.sys)
# case: under_imp
import _imp
pwn(_imp)
# case: zipimport
import zipimport
pwn(zipimport.sys)
# case: pkgutil_resolve
import pkgutil
pwn(pkgutil.resolve_name("sys"))
# case: runpy
import runpy
pwn(runpy.sys)
# case: frozen_hello
import __hello__
pwn(__hello__._terrarium_sentinel)
# control: none, a module loaded late has no sentinel
# case: frozen_phello
import __phello__
pwn(__phello__)
# control: none, as above
# case: testcapi
import _testcapi
pwn(_testcapi)
# control: none, may not be installed
# case: import_main
import __main__
pwn(__main__.__dict__["__builtins__"])
# case: import_posix
import posix
pwn(posix)
# case: import_nul
pwn(__import__("sys\0json"))
# control: none, no module has such a name
# case: import_empty
pwn(__import__(""))
# control: none, an empty name is refused by Python too
# case: import_trailing_dot
pwn(__import__("sys."))
# control: none, as above
# case: import_allowed_prefix
pwn(__import__("jsonx"))
# control: none, it does not exist
# case: sys_listed_modules
# stdlib: @safe,sys
import sys
pwn(sys.modules["os"])
# case: sys_listed_getframe
# stdlib: @safe,sys
import sys
pwn(sys._getframe())
# case: sys_listed_meta_path
# stdlib: @safe,sys
import sys
pwn(sys.meta_path[0].load_module("os"))
# case: sys_listed_settrace
# stdlib: @safe,sys
import sys
found = []
sys.settrace(lambda f, e, a: found.append(f))
pwn(None)
sys.settrace(None)
pwn_all(found)
# case: sys_listed_exc_info
# stdlib: @safe,sys
import sys
try: 1 / 0
except ZeroDivisionError: pwn(sys.exc_info()[2].tb_frame)
# case: sys_listed_current_frames
# stdlib: @safe,sys
import sys
pwn_all(sys._current_frames().values())
# case: sys_listed_breakpointhook
# stdlib: @safe,sys
import sys
pwn(sys.breakpointhook.__self__)
# case: inspect_listed_currentframe
# stdlib: @safe,inspect
import inspect
pwn(inspect.currentframe())
# case: inspect_listed_stack
# stdlib: @safe,inspect
import inspect
pwn(inspect.stack()[0].frame)
# case: inspect_listed_getmembers
# stdlib: @safe,inspect
import inspect, json
for name, value in inspect.getmembers(json.dumps): pwn(value)
# case: inspect_listed_getattr_static
# stdlib: @safe,inspect
import inspect, json
pwn(inspect.getattr_static(type(json.dumps), "__globals__").__get__(json.dumps))
# case: inspect_listed_getmodule
# stdlib: @safe,inspect
import inspect, json
pwn(inspect.getmodule(json.dumps))
# case: inspect_listed_closurevars
# stdlib: @safe,inspect
import inspect, json
pwn(inspect.getclosurevars(json.dumps).builtins)
pwn(inspect.currentframe())
# case: inspect_listed_annotations
# stdlib: @safe,inspect
import inspect
class A:
    __module__ = "os"
    __annotations__ = {"x": "sys"}
pwn(inspect.get_annotations(A, eval_str=True)["x"])
# case: inspect_listed_modules
# stdlib: @safe,inspect
import inspect
pwn(inspect.sys)
# case: traceback_listed_walk
# stdlib: @safe,traceback
import traceback
try: 1 / 0
except ZeroDivisionError as e:
    for f, n in traceback.walk_tb(e.__traceback__): pwn(f)
# case: traceback_listed_stack
# control: none, it needs frames above
# stdlib: @safe,traceback
import traceback
for f, n in traceback.walk_stack(None): pwn(f)
# case: logging_listed
# stdlib: @safe,logging
import logging
pwn(logging.sys)
# case: logging_listed_frame
# stdlib: @safe,logging
import logging
pwn(logging.currentframe())
# case: logging_listed_format
# stdlib: @safe,logging
import logging, json
f = logging.Formatter("{f.__globals__[_terrarium_sentinel]}", style="{", validate=False)
r = logging.makeLogRecord({"f": json.dumps})
text = f.format(r)
if "built-in" in text: escaped(text)
# case: threading_listed_sys
# stdlib: @safe,threading
import threading
pwn(threading._sys)
# case: unittest_mock_listed
# stdlib: @safe,unittest
import unittest.mock
pwn(unittest.mock.patch("sys.path").getter())
# case: pickle_not_listed
import pickle
pwn(pickle.loads(b"csys\nmodules\n."))
# case: private_submodule_of_importlib
# stdlib: @safe,importlib
import importlib._bootstrap_external as b
pwn(b.sys)
pwn_text(b.FileLoader("x", "{SECRET}").get_data("{SECRET}"))
# case: private_submodule_from_importlib
# stdlib: @safe,importlib
from importlib import _bootstrap_external as b
pwn(b.sys)
pwn_text(b.FileLoader("x", "{SECRET}").get_data("{SECRET}"))
# case: private_submodule_by_function
# stdlib: @safe,importlib
import importlib
b = importlib.import_module("importlib._bootstrap_external")
pwn(b.sys)
pwn_text(b.FileLoader("x", "{SECRET}").get_data("{SECRET}"))
# case: readers_of_importlib
# stdlib: @safe,importlib
import importlib.readers as r
pwn_text(r.FileReader(type("L", (), {"path": "{SECRET}"})).files().joinpath("secret.txt").read_text())
# case: main_of_asyncio
# stdlib: @safe,asyncio
import asyncio.__main__ as m
pwn(m.sys)
