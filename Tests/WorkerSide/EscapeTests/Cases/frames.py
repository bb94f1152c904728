# case: generator_frame
pwn((i for i in [1]).gi_frame)
# case: generator_frame_globals
pwn((i for i in [1]).gi_frame.f_globals)
# case: running_generator_back
def gen():
    yield g.gi_frame.f_back
g = gen()
pwn(next(g))
# case: generator_frame_builtins
pwn((i for i in [1]).gi_frame.f_builtins)
# case: coroutine_frame
async def co(): pass
c = co()
try:
    pwn(c.cr_frame)
finally:
    c.close()
# case: coroutine_code
async def co(): pass
c = co()
try:
    pwn(c.cr_code)
finally:
    c.close()
# case: coroutine_await
async def inner(): pass
async def co(): await inner()
c = co()
try:
    pwn(c.cr_frame.f_globals)
finally:
    c.close()
# case: async_generator_frame
async def ag(): yield 1
pwn(ag().ag_frame)
# case: async_generator_code
async def ag(): yield 1
pwn(ag().ag_code)
# case: traceback_frame
try:
    1 / 0
except ZeroDivisionError as e:
    pwn(e.__traceback__.tb_frame)
# case: traceback_frame_of_library
import json
try:
    json.loads("{")
except ValueError as e:
    tb = e.__traceback__
    while tb.tb_next: tb = tb.tb_next
    pwn(tb.tb_frame.f_globals)
# case: traceback_by_with_traceback
import json
try:
    json.loads("{")
except ValueError as e:
    x = e.with_traceback(e.__traceback__)
    pwn(x.__traceback__.tb_next.tb_frame.f_builtins)
# case: traceback_in_context_manager_exit
class C:
    def __enter__(self): return self
    def __exit__(self, t, v, tb):
        pwn(tb.tb_frame)
        return True
with C():
    1 / 0
# case: generator_throw_frame
def gen():
    try: yield
    except Exception as e: pwn(e.__traceback__.tb_frame)
g = gen(); next(g)
try: g.throw(ValueError())
except StopIteration: pass
# case: frame_by_attrgetter
import operator
pwn(operator.attrgetter("gi_frame")((i for i in [1])))
# case: frame_chain_by_attrgetter
import operator
pwn(operator.attrgetter("gi_frame.f_globals")((i for i in [1])))
# case: traceback_by_attrgetter
import operator
try: 1 / 0
except ZeroDivisionError as e: pwn(operator.attrgetter("__traceback__.tb_frame.f_globals")(e))
# case: frame_from_callback
import re
found = []
def callback(m):
    def g(): yield
    x = g()
    found.append(getattr(x, "gi_frame", None))
    return ""
re.sub(".", callback, "a")
pwn_all(found)
# case: frame_by_raw_descriptor
g = (i for i in [1])
pwn(type(g).__dict__["gi_frame"].__get__(g))
# case: frame_by_match
g = (i for i in [1])
match g:
    case object(gi_frame=frame):
        pwn(frame)
# case: yieldfrom_of_library_generator
import contextlib
@contextlib.contextmanager
def cm(): yield
manager = cm()
pwn(manager.gen.gi_frame)
# case: pprint_of_frame
import operator, pprint
pwn(getattr((i for i in [1]), "gi_frame", None))
# case: types_generator_wrapper
import types
@types.coroutine
def f():
    yield 1
x = f()
pwn(getattr(x, "gi_frame", None))
# case: types_wrapper_of_duck
import types
class Duck:
    def __init__(self, g): self.g = g
    def send(self, v): return self.g.send(v)
    def throw(self, *a): return self.g.throw(*a)
    def close(self): return self.g.close()
    def __next__(self): return next(self.g)
    def __iter__(self): return self
    __name__ = __qualname__ = "x"
    gi_frame = property(lambda self: None)
import collections.abc
collections.abc.Generator.register(Duck)
wrapped = types.coroutine(lambda: (i for i in [1]))()
import operator
pwn(operator.attrgetter("gi_frame")(wrapped))
# case: types_coroutine_wrapper_of_generator_like
import types, collections.abc
class Lib(collections.abc.Generator):
    def __init__(self, g): self._g = g
    def send(self, v): return self._g.send(v)
    def throw(self, *a): raise StopIteration
    __name__ = __qualname__ = "x"
    @property
    def gi_frame(self): return getattr(self._g, "gi_frame")
w = types.coroutine(lambda: Lib((i for i in [1])))()
import operator
pwn(operator.attrgetter("gi_frame")(w))
# case: exception_group_traceback
try:
    try:
        raise ExceptionGroup("g", [ValueError(1)])
    except* ValueError as eg:
        pwn(eg.__traceback__.tb_frame)
except Exception:
    pass
# case: sys_getframe_by_collections
import collections
pwn(getattr(collections, "_sys", None))
