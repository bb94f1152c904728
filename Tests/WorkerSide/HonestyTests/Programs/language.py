# case: return_items
return _items
# case: list_of_dicts
return [{"json": {"n": i["json"]["n"] * 2}} for i in _items]
# case: plain_class
class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y
    def __repr__(self):
        return f"{self.__class__.__name__}({self.x}, {self.y})"
assert repr(Point(1, 2)) == "Point(1, 2)"
# case: inheritance_and_super
class A:
    def f(self): return 1
class B(A):
    def f(self): return super().f() + 1
assert B().f() == 2 and B.__mro__[1] is A and issubclass(B, A) and B.__bases__ == (A,)
# case: private_attributes
class Account:
    def __init__(self): self.__balance = 0
    def add(self, n):
        self.__balance += n
        return self.__balance
a = Account()
assert a.add(5) == 5 and a._Account__balance == 5
# case: properties
class Celsius:
    def __init__(self, t): self._t = t
    @property
    def fahrenheit(self): return self._t * 9 / 5 + 32
    @fahrenheit.setter
    def fahrenheit(self, f): self._t = (f - 32) * 5 / 9
c = Celsius(100)
assert c.fahrenheit == 212
c.fahrenheit = 32
assert c._t == 0
# case: class_and_static_methods
class C:
    count = 0
    @classmethod
    def make(cls):
        cls.count += 1
        return cls()
    @staticmethod
    def twice(x): return 2 * x
C.make()
assert C.count == 1 and C.twice(2) == 4
# case: operators
class V:
    def __init__(self, x): self.x = x
    def __add__(self, o): return V(self.x + o.x)
    def __eq__(self, o): return self.x == o.x
    def __lt__(self, o): return self.x < o.x
    def __hash__(self): return hash(self.x)
    def __len__(self): return self.x
    def __getitem__(self, i): return self.x + i
    def __contains__(self, i): return i == self.x
    def __iter__(self): return iter(range(self.x))
    def __call__(self): return self.x
    def __bool__(self): return True
v = V(1) + V(2)
assert v == V(3) and V(1) < v and len(v) == 3 and v[1] == 4 and 3 in v and list(v) == [0, 1, 2] and v() == 3
# case: dunder_getattr
class Record:
    def __init__(self, data): self.__dict__["data"] = data
    def __getattr__(self, name):
        try: return self.data[name]
        except KeyError: raise AttributeError(name)
    def __setattr__(self, name, value): self.data[name] = value
r = Record({"a": 1})
r.b = 2
assert r.a + r.b == 3 and not hasattr(r, "c")
# case: getattribute_and_object_setattr
class Frozen:
    def __init__(self): object.__setattr__(self, "x", 1)
    def __setattr__(self, n, v): raise AttributeError("frozen")
    def __getattribute__(self, n): return object.__getattribute__(self, n)
f = Frozen()
assert f.x == 1
try: f.x = 2
except AttributeError as e: assert str(e) == "frozen"
# case: slots
class S:
    __slots__ = ("a", "b")
s = S(); s.a = 1
assert s.a == 1
try: s.c = 1
except AttributeError: pass
else: assert False
# case: metaclass
class Registry(type):
    classes = []
    def __new__(mcs, name, bases, ns):
        cls = super().__new__(mcs, name, bases, ns)
        mcs.classes.append(cls)
        return cls
class A(metaclass=Registry): pass
assert Registry.classes == [A] and type(A) is Registry
# case: init_subclass
class Plugin:
    plugins = {}
    def __init_subclass__(cls, /, name, **kw):
        super().__init_subclass__(**kw)
        Plugin.plugins[name] = cls
class P(Plugin, name="p"): pass
assert Plugin.plugins == {"p": P}
# case: descriptors
class Positive:
    def __set_name__(self, owner, name): self.name = "_" + name
    def __get__(self, obj, owner): return getattr(obj, self.name, 0)
    def __set__(self, obj, value):
        if value < 0: raise ValueError("negative")
        setattr(obj, self.name, value)
class Order:
    amount = Positive()
o = Order(); o.amount = 3
assert o.amount == 3
# case: class_getitem
class Box:
    def __class_getitem__(cls, item): return (cls.__name__, item)
assert Box[int] == ("Box", int)
# case: type_of_things
assert type(1) is int and isinstance(True, int) and type("X", (), {"a": 1}).a == 1 and type([]).__name__ == "list"
# case: getattr_family
class O: x = 1
assert getattr(O, "x") == 1 and getattr(O, "y", 2) == 2 and hasattr(O, "x") and not hasattr(O, "y")
setattr(O, "y", 3)
assert O.y == 3
delattr(O, "y")
assert not hasattr(O, "y") and "x" in dir(O)
# case: dir_of_locals
a = 1
assert "a" in dir()
# case: object_builtin
o = object()
assert isinstance(o, object) and o != object()
# case: closures
def counter():
    n = 0
    def step():
        nonlocal n
        n += 1
        return n
    return step
c = counter()
assert [c(), c()] == [1, 2]
# case: global_counter
n = 0
def step():
    global n
    n += 1
step(); step()
assert n == 2
# case: main_guard
done = []
if __name__ == "__main__":
    done.append(1)
assert done
# case: decorators
def twice(f):
    def inner(*a, **k): return f(f(*a, **k))
    inner.__name__ = f.__name__
    return inner
@twice
def inc(x): return x + 1
assert inc(1) == 3 and inc.__name__ == "inc"
# case: decorator_with_arguments
def times(n):
    def wrap(f):
        return lambda x: [f(x)] * n
    return wrap
@times(3)
def f(x): return x
assert f(1) == [1, 1, 1]
# case: function_defaults
def f(a, b=2, *c, d=4, **e): return a + b + sum(c) + d + sum(e.values())
assert f(1) == 7 and f(1, 2, 3, d=0, x=1) == 7 and f.__defaults__ == (2,) and f.__kwdefaults__ == {"d": 4}
# case: function_attributes
def f(x: int) -> str:
    "doc"
f.tag = 1
assert f.__doc__ == "doc" and f.__annotations__ == {"x": int, "return": str} and f.tag == 1 and f.__name__ == "f"
# case: generators
def fib():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b
g = fib()
assert [next(g) for _ in range(6)] == [0, 1, 1, 2, 3, 5]
# case: generator_send_and_close
def echo():
    got = []
    try:
        while True: got.append((yield len(got)))
    finally: got.append("closed")
g = echo(); next(g)
assert g.send("a") == 1
g.close()
# case: yield_from
def inner():
    yield 1
    return 2
def outer():
    x = yield from inner()
    yield x
assert list(outer()) == [1, 2]
# case: comprehensions
assert [x for x in range(5) if x % 2] == [1, 3] and {x: x * x for x in (1, 2)} == {1: 1, 2: 4} and {c for c in "aa"} == {"a"}
assert sum(x for x in range(3)) == 3 and [[y for y in range(x)] for x in range(3)] == [[], [0], [0, 1]]
# case: walrus
if (n := len("abc")) > 2: assert n == 3
assert [y for x in range(3) if (y := x * 2)] == [2, 4]
# case: unpacking
a, *b, c = range(5)
assert (a, b, c) == (0, [1, 2, 3], 4) and {**{"x": 1}, "y": 2} == {"x": 1, "y": 2} and [*range(2), *"a"] == [0, 1, "a"]
# case: lambda_sort
assert sorted([{"a": 2}, {"a": 1}], key=lambda d: d["a"])[0]["a"] == 1
# case: exceptions
class MyError(ValueError):
    def __init__(self, code):
        super().__init__(f"code {code}")
        self.code = code
try:
    try: raise MyError(3)
    except MyError as e:
        assert e.code == 3 and str(e) == "code 3" and e.args == ("code 3",)
        raise RuntimeError("outer") from e
except RuntimeError as e:
    assert isinstance(e.__cause__, MyError) and type(e).__name__ == "RuntimeError"
else: assert False
finally: done = True
assert done
# case: exception_traceback_object
try: 1 / 0
except ZeroDivisionError as e:
    assert e.__traceback__ is not None and e.__traceback__.tb_lineno == 1
# case: exception_groups
try: raise ExceptionGroup("g", [ValueError(1), TypeError(2)])
except* ValueError as g: assert len(g.exceptions) == 1
except* TypeError as g: pass
# case: context_manager_class
class Log:
    def __init__(self): self.events = []
    def __enter__(self): self.events.append("in"); return self
    def __exit__(self, t, v, tb): self.events.append(t.__name__ if t else None); return True
with Log() as log: raise KeyError
assert log.events == ["in", "KeyError"]
# case: match_literals_and_sequences
def f(x):
    match x:
        case 0: return "zero"
        case [a, b, *rest]: return len(rest)
        case {"type": "user", "name": n, **more}: return n
        case str() | bytes(): return "text"
        case int(n) if n > 10: return "big"
        case int(x): return x
        case None: return None
        case _: return "other"
assert [f(0), f([1, 2, 3]), f({"type": "user", "name": "bob"}), f("s"), f(11), f(5), f(None), f(1.5)] == ["zero", 1, "bob", "text", "big", 5, None, "other"]
# case: match_classes
class P:
    __match_args__ = ("x", "y")
    def __init__(self, x, y): self.x, self.y = x, y
match P(1, 2):
    case P(x, y=2): assert x == 1
    case _: assert False
# case: fstrings
name, n = "x", 3.14159
assert f"{name!r:>5}|{n:.2f}|{n=:.1f}|{'nested ' + f'{1 + 1}'}|{{}}" == "  'x'|3.14|n=3.1|nested 2|{}"
# case: str_format
assert "{0} {a.real} {b[k]} {c!r:>4}".format(1, a=2, b={"k": 3}, c="z") == "1 2 3  'z'"
assert "{x}".format_map({"x": 1}) == "1" and "{:,}".format(1234567) == "1,234,567" and "{:{w}}".format(1, w=4) == "   1"
# case: format_keys_that_spell_dunders
assert "{d[__globals__]}".format(d={"__globals__": 1}) == "1" and "{__class__}".format(__class__=2) == "2"
# case: percent_format
assert "%s %05.2f %(a)s" [:2] % "x" == "x" and "%(a)d%%" % {"a": 5} == "5%"
# case: strings_that_mention_dunders
text = "__globals__ and gi_frame, __import__('os'), eval(1)"
d = {"__globals__": 1, "eval": 2, "open": 3, "__class__": 4, "obj": 5}
assert d["__globals__"] + d["eval"] == 3 and "eval" in text
# __globals__ in a comment
# case: names_that_spell_builtins
def f(open, eval=1, *, compile=2): return open + eval + compile
input = 5
vars = [1]
assert f(1) == 4 and input == 5 and vars == [1] and f(open=2) == 5
# case: methods_that_spell_builtins
class C:
    def open(self): return 1
    def compile(self): return 2
    eval = 3
c = C()
assert c.open() + c.compile() + c.eval == 6
# case: keyword_arguments_that_spell_refused_names
def f(**k): return k
assert f(__globals__=1, gi_frame=2) == {"__globals__": 1, "gi_frame": 2}
# case: attributes_that_spell_builtins
class R: pass
r = R(); r.input = 1; r.type = 2; r.dir = 3; r.obj = 4; r.json = 5
assert r.input + r.type + r.dir + r.obj + r.json == 15
# case: builtin_functions
assert max([1, 2]) == 2 and min(1, 2) == 1 and sum([1, 2]) == 3 and abs(-1) == 1 and round(1.5) == 2 and divmod(7, 2) == (3, 1)
assert list(zip("ab", [1, 2])) == [("a", 1), ("b", 2)] and list(enumerate("a")) == [(0, "a")] and any([0, 1]) and all([1])
assert list(map(str, [1])) == ["1"] and list(filter(None, [0, 1])) == [1] and list(reversed([1, 2])) == [2, 1] and sorted("ba") == ["a", "b"]
assert chr(97) == "a" and ord("a") == 97 and hex(255) == "0xff" and bin(2) == "0b10" and pow(2, 3, 5) == 3 and hash("a") == hash("a")
assert callable(len) and id(1) == id(1) and repr("a") == "'a'" and ascii("é") == "'\\xe9'" and isinstance(1, (int, str))
# case: builtin_types
assert int("5") == 5 and float("1.5") == 1.5 and str(1) == "1" and bool([]) is False and list("ab") == ["a", "b"] and tuple([1]) == (1,)
assert set([1, 1]) == {1} and frozenset([1]) == {1} and dict(a=1) == {"a": 1} and bytes([65]) == b"A" and bytearray(b"a") == b"a" and complex(1, 2).imag == 2
assert slice(1, 3).start == 1 and range(3)[1] == 1 and iter([1]).__next__() == 1
# case: string_methods
s = " Hello, World "
assert s.strip().lower().split(", ") == ["hello", "world"] and "a-b".replace("-", "+") == "a+b" and "x".join("ab") == "axb"
assert "abc".startswith("a") and "abc".find("c") == 2 and "a".zfill(3) == "00a" and "A b".title() == "A B" and "a\tb".expandtabs(2) == "a b"
assert "abc"[::-1] == "cba" and "é".encode().decode() == "é" and "a,b".partition(",") == ("a", ",", "b") and "1".isdigit()
# case: dict_methods
d = {"a": 1}
d.update(b=2); d.setdefault("c", []).append(3)
assert d == {"a": 1, "b": 2, "c": [3]} and d.pop("a") == 1 and list(d.items())[0] == ("b", 2) and (d | {"z": 0})["z"] == 0 and d.get("q", 7) == 7
# case: bytes_and_bytearray
b = bytearray(b"abc"); b[0] = 65
assert bytes(b) == b"Abc" and b.hex() == "416263" and int.from_bytes(b"\x01\x00", "big") == 256 and (5).to_bytes(2, "little") == b"\x05\x00"
# case: print_options
print("a", "b", sep="-", end="!\n", flush=True)
print()
# case: print_to_stringio
import io
out = io.StringIO()
print("x", 1, file=out)
assert out.getvalue() == "x 1\n"
# case: big_numbers
assert len(str(2 ** 1000)) == 302 and 10 ** 20 // 3 == 33333333333333333333
# case: async_without_loop
async def f(): return 1
c = f()
try: c.send(None)
except StopIteration as e: assert e.value == 1
# case: del_and_weak_cleanup
class D:
    gone = []
    def __del__(self): D.gone.append(1)
d = D(); del d
assert D.gone == [1]
# case: recursion
def fact(n): return 1 if n < 2 else n * fact(n - 1)
assert fact(20) == 2432902008176640000
# case: recursion_error_is_caught
def f(): return f()
try: f()
except RecursionError: pass
# case: mutable_class_state_and_dict
class A: pass
a = A(); a.__dict__.update(x=1)
assert a.x == 1 and a.__dict__ == {"x": 1} and A.__dict__["__module__"] == "__main__" and A.__module__ == "__main__"
# case: class_of_instance
class A: pass
a = A()
assert a.__class__ is A and a.__class__.__name__ == "A" and A.__qualname__.endswith("A") and type(a).__doc__ is None
# case: mappingproxy_comparison
class A: x = 1
assert A.__dict__ == A.__dict__ and (A.__dict__ | {"y": 2})["y"] == 2 and A.__dict__ != {}
# case: subclasses_of_own_class
class Shape: pass
class Square(Shape): pass
assert getattr(Shape, "mro")()[0] is Shape
# case: future_annotations
from __future__ import annotations
def f(x: Unknown) -> AlsoUnknown: return x
assert f(1) == 1
# case: global_names_shared_by_functions
CONSTANT = 3
def f(): return CONSTANT
def g(): return f() + CONSTANT
assert g() == 6
# case: nested_functions_and_recursion_in_closure
def walk(tree):
    def inner(node, depth):
        total.append(depth)
        for child in node.get("children", []): inner(child, depth + 1)
    total = []
    inner(tree, 0)
    return total
assert walk({"children": [{}, {"children": [{}]}]}) == [0, 1, 1, 2]
# case: item_mutation
for item in _items: item["json"]["seen"] = True
return _items
# case: sets_and_order
assert sorted({3, 1} | {2}) == [1, 2, 3] and {1, 2} & {2} == {2} and {1} <= {1, 2} and {1, 2} - {1} == {2} and {1} ^ {2} == {1, 2}
# case: while_else_and_for_else
for x in []: pass
else: y = 1
while False: pass
else: y += 1
assert y == 2
# case: assert_message
try: assert False, "why"
except AssertionError as e: assert str(e) == "why"
# case: ellipsis_and_notimplemented
assert ... is Ellipsis and NotImplemented is not None and __debug__ in (True, False)
# case: iterator_protocol
class Up:
    def __init__(self, n): self.n, self.i = n, 0
    def __iter__(self): return self
    def __next__(self):
        if self.i >= self.n: raise StopIteration
        self.i += 1
        return self.i
assert list(Up(3)) == [1, 2, 3] and list(iter(lambda it=iter([1, 2, 0]): next(it), 0)) == [1, 2]
# case: each_item_double
# mode: each
return {"n": _item["json"]["n"] * 2}
# case: each_item_drop
# mode: each
if _item["json"]["n"] == 1: return None
return _item
# case: each_item_function
# mode: each
def shout(s): return s.upper() + "!"
return {"json": {"name": shout(_item["json"]["name"])}}
