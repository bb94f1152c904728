# case: json
import json
assert json.loads('{"a": [1, 2.5, null]}') == {"a": [1, 2.5, None]} and json.dumps({"b": 1, "a": "é"}, sort_keys=True, ensure_ascii=False) == '{"a": "é", "b": 1}'
class E(json.JSONEncoder):
    def default(self, o): return str(o)
assert json.dumps({"x": 1j}, cls=E) == '{"x": "1j"}' and json.dumps([1], indent=2, default=str) == "[\n  1\n]"
try: json.loads("{")
except json.JSONDecodeError as e: assert e.pos == 1
assert json.loads("1.5", parse_float=str) == "1.5" and json.loads("{}", object_hook=lambda d: 5) == 5
# case: json_submodules
from json.decoder import JSONDecodeError
import json.encoder
assert issubclass(JSONDecodeError, ValueError) and json.encoder.JSONEncoder is json.JSONEncoder
# case: re
import re
assert re.sub(r"(\w+)@(\w+)", r"\2 at \1", "a@b") == "b at a" and re.findall(r"\d+", "1a22") == ["1", "22"]
m = re.compile(r"(?P<y>\d{4})-(?P<m>\d\d)", re.I | re.M).search("on 2024-05")
assert m.group("y") == "2024" and m.groupdict() == {"y": "2024", "m": "05"} and m.span("m") == (8, 10)
assert re.sub("a", lambda m: m.group().upper(), "banana") == "bAnAnA" and re.split(r"[,;]", "a,b;c") == ["a", "b", "c"] and re.escape("a.b") == r"a\.b"
try: re.compile("(")
except re.error: pass
# case: datetime
from datetime import datetime, date, time, timedelta, timezone
d = datetime(2024, 2, 28, 12, tzinfo=timezone.utc) + timedelta(days=2)
assert d.isoformat() == "2024-03-01T12:00:00+00:00" and d.strftime("%d.%m.%Y") == "01.03.2024" and datetime.fromisoformat("2024-01-02").year == 2024
assert (date(2024, 3, 1) - date(2024, 2, 1)).days == 29 and time(1, 2).hour == 1 and datetime.now() <= datetime.now() and date.today().weekday() in range(7)
# case: datetime_strptime
from datetime import datetime
assert datetime.strptime("05/06/2024 07:08", "%d/%m/%Y %H:%M") == datetime(2024, 6, 5, 7, 8)
# case: datetime_module_attribute
import datetime
assert datetime.datetime.strptime("2024", "%Y").year == 2024 and datetime.MINYEAR == 1 and datetime.UTC is datetime.timezone.utc
# case: zoneinfo
import zoneinfo
from datetime import datetime
from zoneinfo import ZoneInfo
d = datetime(2024, 7, 1, 12, tzinfo=ZoneInfo("Europe/Berlin"))
assert d.utcoffset().total_seconds() == 7200 and d.astimezone(ZoneInfo("America/New_York")).hour == 6 and "Europe/Paris" in zoneinfo.available_timezones()
try: ZoneInfo("No/Where")
except zoneinfo.ZoneInfoNotFoundError: pass
# case: time
import time
assert time.time() > 0 and time.strftime("%Y", time.gmtime(0)) == "1970" and time.strptime("2024", "%Y").tm_year == 2024
t = time.perf_counter(); time.sleep(0.001)
assert time.perf_counter() > t and time.monotonic_ns() > 0 and time.mktime(time.localtime()) > 0
# case: calendar
import calendar
assert calendar.monthrange(2024, 2) == (3, 29) and calendar.isleap(2024) and "February" in calendar.month(2024, 2) and calendar.day_name[0] == "Monday"
# case: math
import math
from math import pi, sqrt
assert sqrt(9) == 3 and math.floor(1.5) == 1 and math.gcd(12, 18) == 6 and math.isclose(math.sin(pi), 0, abs_tol=1e-9) and math.comb(5, 2) == 10 and math.inf > 1 and math.prod([2, 3]) == 6
# case: cmath
import cmath
assert abs(cmath.exp(1j * cmath.pi) + 1) < 1e-9
# case: statistics
import statistics
assert statistics.mean([1, 2, 3]) == 2 and statistics.median([1, 3, 2]) == 2 and statistics.stdev([1, 2, 3]) == 1 and statistics.mode("aab") == "a"
assert statistics.quantiles([1, 2, 3, 4], n=2) == [2.5] and statistics.NormalDist(0, 1).cdf(0) == 0.5 and statistics.linear_regression([1, 2], [2, 4]).slope == 2
# case: random
import random
random.seed(1); a = random.random(); random.seed(1)
assert a == random.random() and random.randint(1, 1) == 1 and random.choice("a") == "a" and sorted(random.sample(range(5), 5)) == list(range(5))
x = [1, 2, 3]; random.shuffle(x)
assert sorted(x) == [1, 2, 3] and random.Random(3).uniform(0, 1) < 1 and len(random.choices("ab", k=3)) == 3 and random.gauss(0, 1) < 99 and random.SystemRandom().random() < 1
# case: secrets
import secrets
assert len(secrets.token_hex(8)) == 16 and secrets.choice([1]) == 1 and secrets.compare_digest("a", "a") and secrets.randbelow(1) == 0 and secrets.token_urlsafe(4)
# case: hashlib
import hashlib
assert hashlib.sha256(b"a").hexdigest()[:8] == "ca978112" and hashlib.new("md5", b"").hexdigest() == "d41d8cd98f00b204e9800998ecf8427e" and hashlib.blake2b(b"", digest_size=4).digest_size == 4
h = hashlib.sha1(); h.update(b"x")
assert h.name == "sha1" and "sha256" in hashlib.algorithms_available and hashlib.pbkdf2_hmac("sha256", b"p", b"s", 1).hex() and hashlib.sha3_256(b"").hexdigest()
# case: hmac
import hmac, hashlib
assert hmac.new(b"k", b"m", hashlib.sha256).hexdigest() == hmac.digest(b"k", b"m", "sha256").hex() and hmac.compare_digest("a", "a")
# case: base64
import base64
assert base64.b64encode(b"hi") == b"aGk=" and base64.b64decode("aGk=") == b"hi" and base64.urlsafe_b64encode(b"\xff\xfe") == b"__4=" and base64.b32encode(b"a") and base64.b85decode(base64.b85encode(b"x")) == b"x"
# case: binascii
import binascii
assert binascii.hexlify(b"a") == b"61" and binascii.crc32(b"a") == 3904355907
try: binascii.unhexlify("x")
except binascii.Error: pass
# case: uuid
import uuid
u = uuid.uuid4()
assert uuid.UUID(str(u)) == u and u.version == 4 and uuid.uuid5(uuid.NAMESPACE_DNS, "a.b").version == 5 and len(u.hex) == 32 and uuid.uuid3(uuid.NAMESPACE_URL, "x").version == 3
# case: uuid1
import uuid
assert uuid.uuid1().version == 1
# case: itertools
import itertools
assert list(itertools.chain([1], [2])) == [1, 2] and list(itertools.islice(itertools.count(5), 2)) == [5, 6] and list(itertools.product("ab", repeat=2))[1] == ("a", "b")
assert [(k, list(g)) for k, g in itertools.groupby("aab")] == [("a", ["a", "a"]), ("b", ["b"])] and list(itertools.accumulate([1, 2, 3])) == [1, 3, 6] and len(list(itertools.combinations(range(4), 2))) == 6
assert list(itertools.zip_longest([1], [2, 3], fillvalue=0)) == [(1, 2), (0, 3)] and list(itertools.pairwise([1, 2, 3])) == [(1, 2), (2, 3)] and list(itertools.batched if False else []) == []
# case: functools_reduce_partial
import functools
assert functools.reduce(lambda a, b: a + b, [1, 2, 3]) == 6 and functools.partial(int, base=2)("101") == 5 and sorted([3, 1], key=functools.cmp_to_key(lambda a, b: a - b)) == [1, 3]
# case: functools_caches
import functools
calls = []
@functools.lru_cache(maxsize=None)
def f(x): calls.append(x); return x
f(1); f(1)
@functools.cache
def g(x): return x
class A:
    @functools.cached_property
    def v(self): calls.append("v"); return 3
a = A()
assert calls == [1] and f.cache_info().hits == 1 and g(2) == 2 and a.v + a.v == 6 and calls == [1, "v"]
# case: functools_wraps
import functools
def deco(f):
    @functools.wraps(f)
    def inner(*a): "x"; return f(*a)
    return inner
@deco
def f(x):
    "doc"
    return x
assert f.__name__ == "f" and f.__doc__ == "doc" and f.__wrapped__(2) == 2 and f(3) == 3
# case: functools_singledispatch
import functools
@functools.singledispatch
def f(x): return "any"
@f.register
def _(x: int): return "int"
@f.register(list)
def _(x): return "list"
assert [f("s"), f(1), f([])] == ["any", "int", "list"]
class C:
    @functools.singledispatchmethod
    def m(self, x): return 0
    @m.register
    def _(self, x: str): return 1
assert C().m("a") == 1 and C().m(1) == 0
# case: functools_total_ordering
import functools
@functools.total_ordering
class V:
    def __init__(self, x): self.x = x
    def __eq__(self, o): return self.x == o.x
    def __lt__(self, o): return self.x < o.x
assert V(1) <= V(2) and V(3) > V(2)
# case: operator
import operator
from operator import itemgetter, attrgetter, methodcaller
assert itemgetter(1)([1, 2]) == 2 and itemgetter("a", "b")({"a": 1, "b": 2}) == (1, 2) and methodcaller("upper")("a") == "A" and operator.add(1, 2) == 3
class P: x = 1
class Q: p = P
assert attrgetter("p.x")(Q) == 1 and sorted([(2, 1), (1, 2)], key=itemgetter(0))[0] == (1, 2) and operator.mul(2, 3) == 6 and operator.contains([1], 1)
# case: collections
from collections import Counter, defaultdict, OrderedDict, deque, ChainMap
assert Counter("aab").most_common(1) == [("a", 2)] and ChainMap({"a": 1}, {"b": 2})["b"] == 2
d = defaultdict(list); d["x"].append(1)
q = deque([1, 2], maxlen=2); q.append(3); q.rotate(1)
assert d == {"x": [1]} and list(q) == [3, 2] and list(OrderedDict(a=1)) == ["a"]
# case: collections_namedtuple
from collections import namedtuple
P = namedtuple("P", "x y", defaults=[0])
p = P(1)
assert p == (1, 0) and p._replace(y=2).y == 2 and p._asdict() == {"x": 1, "y": 0} and P._fields == ("x", "y") and repr(p) == "P(x=1, y=0)" and P._make([1, 2]).y == 2
# case: collections_user_classes
from collections import UserDict, UserList, UserString
class D(UserDict):
    def __setitem__(self, k, v): super().__setitem__(k.lower(), v)
d = D(); d["A"] = 1
assert d["a"] == 1 and UserList([1])[0] == 1 and UserString("a").upper() == "A" and UserString("{}").format(1) == "1"
# case: collections_abc
import collections.abc
from collections.abc import Mapping, Iterable, Sequence, Callable
assert isinstance({}, Mapping) and isinstance([], Sequence) and isinstance("", Iterable) and isinstance(len, Callable) and issubclass(collections.abc.MutableMapping, Mapping)
class M(Mapping):
    def __getitem__(self, k): return 1
    def __iter__(self): return iter("a")
    def __len__(self): return 1
assert dict(M()) == {"a": 1} and M().get("q") == 1
# case: dataclasses
from dataclasses import dataclass, field, asdict, astuple, replace, fields
@dataclass(order=True)
class Item:
    name: str
    price: float = 0.0
    tags: list = field(default_factory=list)
    def total(self, n=1): return self.price * n
i = Item("a", 2.5)
assert repr(i) == "Item(name='a', price=2.5, tags=[])" and asdict(i) == {"name": "a", "price": 2.5, "tags": []} and i.total(2) == 5 and replace(i, name="b").name == "b"
assert i < Item("b") and astuple(i)[0] == "a" and [f.name for f in fields(i)] == ["name", "price", "tags"] and i == Item("a", 2.5)
# case: dataclasses_frozen_and_slots
import dataclasses
@dataclasses.dataclass(frozen=True, slots=True)
class P:
    x: int
    y: "int" = 1
p = P(1)
try: p.x = 2
except dataclasses.FrozenInstanceError: pass
else: assert False
assert hash(p) == hash(P(1)) and p in {p} and not hasattr(p, "__dict__")
# case: dataclasses_inheritance_post_init
import dataclasses
@dataclasses.dataclass
class A:
    x: int
    y: int = dataclasses.field(init=False)
    def __post_init__(self): self.y = self.x * 2
@dataclasses.dataclass(kw_only=True)
class B(A):
    z: int = 0
assert B(1, z=3) == B(1, z=3) and B(1).y == 2 and dataclasses.is_dataclass(B)
# case: dataclasses_make_and_classvar
import dataclasses, typing
@dataclasses.dataclass
class C:
    n: typing.ClassVar[int] = 5
    k: dataclasses.InitVar[int] = 7
    v: int = 1
    def __post_init__(self, k): self.v += k
D = dataclasses.make_dataclass("D", ["a", ("b", int, 2)])
assert [f.name for f in dataclasses.fields(C)] == ["v"] and C().v == 8 and D(1).b == 2
# case: enum
from enum import Enum, IntEnum, Flag, auto, StrEnum, unique
@unique
class Color(Enum):
    RED = 1
    GREEN = auto()
    @property
    def label(self): return self.name.title()
assert Color(1) is Color.RED and Color["GREEN"].value == 2 and Color.RED.label == "Red" and [c.name for c in Color] == ["RED", "GREEN"] and isinstance(Color.RED, Color)
class P(IntEnum): LOW = 1
class F(Flag): A = auto(); B = auto()
class S(StrEnum): X = auto()
assert P.LOW < 2 and (F.A | F.B) & F.A and S.X == "x" and Enum("E", "a b").a.value == 1 and repr(Color.RED) == "<Color.RED: 1>"
# case: enum_global
import enum
@enum.global_enum
class G(enum.IntFlag):
    GA = 1
assert str(G.GA)
# case: decimal
from decimal import Decimal, ROUND_HALF_UP, getcontext, localcontext
assert Decimal("0.1") + Decimal("0.2") == Decimal("0.3") and Decimal("2.675").quantize(Decimal("0.01"), rounding=ROUND_HALF_UP) == Decimal("2.68")
with localcontext() as c:
    c.prec = 5
    assert str(Decimal(1) / 3) == "0.33333"
assert getcontext().prec == 28 and f"{Decimal('1234.5'):,.2f}" == "1,234.50"
# case: fractions_and_numbers
from fractions import Fraction
import numbers
assert Fraction(1, 3) + Fraction("1/6") == Fraction(1, 2) and isinstance(Fraction(1), numbers.Rational) and Fraction(0.5).limit_denominator() == Fraction(1, 2) and Fraction(3, 2).numerator == 3
# case: string
import string
assert string.ascii_lowercase[:3] == "abc" and string.Template("$a ${b}").substitute(a=1, b=2) == "1 2" and string.capwords("a b") == "A B" and string.Formatter().format("{0} {a[x]}", 1, a={"x": 2}) == "1 2"
class F(string.Formatter):
    def get_value(self, key, args, kwargs): return kwargs.get(key, "?")
assert F().format("{a} {b}", a=1) == "1 ?" and list(string.Formatter().parse("a{b}"))[0][1] == "b"
# case: textwrap
import textwrap
assert textwrap.dedent("  a\n  b") == "a\nb" and textwrap.fill("aa bb", 3) == "aa\nbb" and textwrap.shorten("hello world", 8) == "[...]" and textwrap.indent("a", "> ") == "> a"
# case: difflib
import difflib
assert difflib.get_close_matches("appel", ["apple", "x"]) == ["apple"] and difflib.SequenceMatcher(None, "ab", "ab").ratio() == 1 and "+b" in list(difflib.unified_diff(["a"], ["b"], lineterm=""))
# case: csv
import csv, io
rows = list(csv.DictReader(io.StringIO("a,b\n1,\"x,y\"\n")))
out = io.StringIO()
w = csv.DictWriter(out, fieldnames=["a", "b"]); w.writeheader(); w.writerow({"a": 1, "b": "q"})
assert rows == [{"a": "1", "b": "x,y"}] and out.getvalue() == "a,b\r\n1,q\r\n" and next(csv.reader(["a;b"], delimiter=";")) == ["a", "b"] and csv.Sniffer().sniff("a;b\n1;2\n").delimiter == ";"
# case: io
import io
b = io.BytesIO(b"abc"); b.seek(1)
assert b.read() == b"bc" and io.TextIOWrapper(io.BytesIO("é".encode()), encoding="utf-8").read() == "é" and list(io.StringIO("a\nb")) == ["a\n", "b"] and b.getbuffer().nbytes == 3 and io.SEEK_END == 2
# case: urllib_parse
import urllib.parse
from urllib.parse import urlparse, quote, urlencode, parse_qs, urljoin
assert urlparse("https://u@h:8/p?q=1#f").port == 8 and quote("a b/") == "a%20b/" and urlencode({"a": "1 2"}) == "a=1+2" and parse_qs("a=1&a=2") == {"a": ["1", "2"]} and urljoin("http://a/b/", "c") == "http://a/b/c" and urllib.parse.unquote("%41") == "A"
# case: html
import html
from html.parser import HTMLParser
class P(HTMLParser):
    tags = []
    def handle_starttag(self, tag, attrs): self.tags.append((tag, dict(attrs)))
P().feed("<a href='x'>y</a>")
assert html.escape("<&") == "&lt;&amp;" and html.unescape("&eacute;") == "é" and P.tags == [("a", {"href": "x"})]
# case: xml_etree
import xml.etree.ElementTree as ET
from xml.etree import ElementTree
r = ET.fromstring("<r><i id='1'>a</i><i id='2'/></r>")
assert [i.get("id") for i in r.findall("i")] == ["1", "2"] and r.find("i[@id='1']").text == "a" and ET.tostring(ET.Element("x")) == b"<x />"
e = ET.SubElement(r, "n"); e.text = "t"; ET.indent(r)
assert "<n>t</n>" in ET.tostring(r, encoding="unicode") and ET.parse(__import__("io").StringIO("<a/>")).getroot().tag == "a"
try: ET.fromstring("<a>")
except ET.ParseError: pass
# case: xml_minidom
from xml.dom import minidom
d = minidom.parseString("<a><b>1</b></a>")
assert d.getElementsByTagName("b")[0].firstChild.data == "1" and "<b>" in d.toprettyxml()
# case: xml_saxutils
from xml.sax.saxutils import escape, quoteattr, unescape
assert escape("<a>") == "&lt;a&gt;" and quoteattr("x") == '"x"' and unescape("&lt;") == "<"
# case: unicodedata
import unicodedata
assert unicodedata.normalize("NFKD", "é") == "e\u0301" and unicodedata.name("a") == "LATIN SMALL LETTER A" and unicodedata.category("1") == "Nd" and "\N{BULLET}" == "•"
# case: bisect
import bisect
x = [1, 3]; bisect.insort(x, 2)
assert x == [1, 2, 3] and bisect.bisect_left(x, 2) == 1 and bisect.bisect([1, 2], 2) == 2
# case: heapq
import heapq
h = [3, 1, 2]; heapq.heapify(h)
assert heapq.heappop(h) == 1 and heapq.nlargest(1, [1, 5], key=lambda v: v) == [5] and list(heapq.merge([1, 3], [2])) == [1, 2, 3] and heapq.nsmallest(2, [3, 1, 2]) == [1, 2]
# case: copy
import copy
a = {"x": [1]}
b, c = copy.copy(a), copy.deepcopy(a)
a["x"].append(2)
assert b["x"] == [1, 2] and c["x"] == [1]
class P:
    def __init__(self): self.v = [1]
p = P(); q = copy.deepcopy(p); q.v.append(2)
assert p.v == [1] and copy.copy(p).v is p.v
class T(tuple): pass
assert copy.copy(T((1, 2))) == (1, 2) and copy.deepcopy(T((1, [2]))) == (1, [2])
class S:
    __slots__ = ("a",)
s = S(); s.a = 1
assert copy.copy(s).a == 1
# case: copy_of_library_values
import copy, datetime, decimal, collections, re, uuid, enum, fractions
values = [datetime.datetime(2024, 1, 1), decimal.Decimal("1.5"), collections.Counter("aa"), re.compile("a"), uuid.UUID(int=5), fractions.Fraction(1, 2), collections.OrderedDict(a=1), collections.deque([1]), collections.defaultdict(list, a=[1]), datetime.timedelta(1), frozenset([1]), range(3), {"a": {1, 2}}, ValueError("x", 1)]
for v in values:
    w = copy.deepcopy(v)
    assert w == v or isinstance(v, ValueError) and w.args == v.args, v
# case: copy_refuses_generators
import copy
try: copy.copy(x for x in [1])
except TypeError as e: assert "generator" in str(e)
else: assert False
# case: typing
from typing import List, Dict, Optional, Union, Any, Callable, TypedDict, NamedTuple, Protocol, TypeVar, Generic, Literal, cast, get_type_hints, get_origin, get_args
T = TypeVar("T")
class Stack(Generic[T]):
    def __init__(self) -> None: self.items: List[T] = []
    def push(self, x: T) -> None: self.items.append(x)
s = Stack[int](); s.push(1)
class Movie(TypedDict, total=False):
    name: str
class P(NamedTuple):
    x: int
    y: int = 2
class Sized(Protocol):
    def size(self) -> int: ...
def f(a: Optional[int], b: "Dict[str, Any]" = {}) -> Union[int, None]: return a
assert s.items == [1] and Movie(name="x") == {"name": "x"} and P(1).y == 2 and get_origin(List[int]) is list and get_args(Dict[str, int]) == (str, int) and cast(int, "a") == "a"
assert get_type_hints(P) == {"x": int, "y": int} and str(Literal["a"]) == "typing.Literal['a']"
# case: typing_hints_of_functions
import typing
def f(a: "int", b: "str" = "x") -> "list[int]": ...
assert typing.get_type_hints(f) == {"a": int, "b": str, "return": list[int]}
class A:
    x: "int"
    y: "list[str]" = None
assert typing.get_type_hints(A) == {"x": int, "y": list[str]}
# case: typing_runtime_protocol
from typing import Protocol, runtime_checkable, overload, final, NewType, Annotated
@runtime_checkable
class HasName(Protocol):
    name: str
class P: name = "x"
UserId = NewType("UserId", int)
@overload
def f(x: int) -> int: ...
@overload
def f(x: str) -> str: ...
def f(x): return x
assert isinstance(P(), HasName) and not isinstance(1, HasName) and UserId(5) == 5 and f(1) == 1 and Annotated[int, "x"].__metadata__ == ("x",)
# case: contextlib
import contextlib, io
events = []
@contextlib.contextmanager
def cm(x):
    events.append("in")
    try: yield x
    finally: events.append("out")
with cm(1) as v, contextlib.suppress(KeyError): raise KeyError
out = io.StringIO()
with contextlib.redirect_stdout(out): print("x")
with contextlib.ExitStack() as s:
    s.enter_context(cm(2)); s.callback(events.append, "cb")
with contextlib.closing(io.StringIO()) as c, contextlib.nullcontext(3) as n: assert n == 3
assert events == ["in", "out", "in", "cb", "out"] and out.getvalue() == "x\n"
# case: contextlib_decorator_and_stderr
import contextlib, io, warnings
@contextlib.contextmanager
def cm(): yield
@cm()
def f(): return 1
err = io.StringIO()
with contextlib.redirect_stderr(err): warnings.warn("careful")
assert f() == 1 and "careful" in err.getvalue()
# case: abc
from abc import ABC, abstractmethod
class Shape(ABC):
    @abstractmethod
    def area(self): ...
class Sq(Shape):
    def area(self): return 4
try: Shape()
except TypeError: pass
else: assert False
assert Sq().area() == 4 and isinstance(Sq(), Shape)
Shape.register(int)
assert isinstance(1, Shape) and issubclass(int, Shape)
# case: types
import types
n = types.SimpleNamespace(a=1)
assert n.a == 1 and types.MappingProxyType({"a": 1})["a"] == 1 and isinstance(lambda: 0, types.FunctionType) and isinstance(len, types.BuiltinFunctionType) and isinstance((i for i in []), types.GeneratorType)
assert types.new_class("X", (), {}, lambda ns: ns.update(v=1)).v == 1 and types.MethodType(lambda self: self, 5)() == 5 and isinstance(types, types.ModuleType) and types.NoneType is type(None)
# case: struct
import struct
assert struct.pack(">HI", 1, 2) == b"\x00\x01\x00\x00\x00\x02" and struct.unpack("<h", b"\x01\x00") == (1,) and struct.calcsize("!d") == 8
# case: zlib_gzip_bz2_lzma
import zlib, gzip, bz2, lzma, io
data = b"x" * 1000
for m in (zlib, gzip, bz2, lzma): assert m.decompress(m.compress(data)) == data
assert zlib.crc32(b"a") == 3904355907 and gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(data))).read() == data and gzip.open(io.BytesIO(gzip.compress(b"t")), "rt").read() == "t"
buffer = io.BytesIO()
with gzip.GzipFile(fileobj=buffer, mode="wb") as f: f.write(data)
assert gzip.decompress(buffer.getvalue()) == data and bz2.BZ2File(io.BytesIO(bz2.compress(data))).read() == data
# case: pprint_reprlib
import pprint, reprlib
assert pprint.pformat({"b": 1, "a": [1, 2]}) == "{'a': [1, 2], 'b': 1}" and len(reprlib.repr(list(range(100)))) < 60
pprint.pprint([1])
# case: shlex_fnmatch
import shlex, fnmatch
assert shlex.split("a 'b c'") == ["a", "b c"] and shlex.quote("a b") == "'a b'" and fnmatch.fnmatch("a.txt", "*.txt") and fnmatch.filter(["a", "b"], "a*") == ["a"]
# case: ipaddress
import ipaddress
assert ipaddress.ip_address("10.0.0.1").is_private and ipaddress.ip_address("10.0.0.1") in ipaddress.ip_network("10.0.0.0/8") and ipaddress.ip_network("10.0.0.0/30").num_addresses == 4
# case: graphlib
from graphlib import TopologicalSorter
assert list(TopologicalSorter({"b": {"a"}, "c": {"b"}}).static_order()) == ["a", "b", "c"]
# case: array_and_weakref
import array, weakref
class A: pass
a = A()
assert array.array("i", [1, 2]).tolist() == [1, 2] and weakref.ref(a)() is a and list(weakref.WeakValueDictionary(x=a)) == ["x"]
# case: contextvars
import contextvars
v = contextvars.ContextVar("v", default=1)
t = v.set(2)
assert v.get() == 2
v.reset(t)
assert v.get() == 1 and contextvars.copy_context().run(lambda: 5) == 5
# case: warnings
import warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    warnings.warn("old", DeprecationWarning, stacklevel=1)
assert len(caught) == 1 and caught[0].category is DeprecationWarning
with warnings.catch_warnings():
    warnings.simplefilter("error")
    try: warnings.warn("x")
    except UserWarning: pass
    else: assert False
# case: codecs
import codecs
assert codecs.encode("abc", "rot13") == "nop" and codecs.lookup("utf8").name == "utf-8" and codecs.getreader("utf-8")(__import__("io").BytesIO("é".encode())).read() == "é" and codecs.BOM_UTF8 == b"\xef\xbb\xbf"
# case: encodings
assert "é".encode("latin-1") == b"\xe9" and b"\x80".decode("cp1252") == "€" and "a".encode("utf-16-le") == b"a\0" and "ü".encode("idna") and b"\xff".decode("utf-8", "replace") == "\ufffd"
# case: quopri_colorsys_stringprep_keyword
import quopri, colorsys, stringprep, keyword
assert quopri.encodestring("é".encode()) == b"=C3=A9" and colorsys.rgb_to_hsv(1, 0, 0) == (0, 1, 1) and keyword.iskeyword("for") and not stringprep.in_table_a1("a")
# case: import_styles
import json as j, collections.abc as cabc
from math import sin as sinus, cos
from collections import (OrderedDict, Counter as C)
assert j.loads("1") == 1 and cabc.Mapping and sinus(0) == 0 and cos(0) == 1 and C("a")["a"] == 1
# case: import_in_function_and_conditional
def f():
    import math
    return math.pi
if f() > 3: import json
else: import re as json
assert json.dumps(1) == "1"
# case: dunder_import_of_allowed
m = __import__("json")
assert m.dumps(1) == "1" and __import__("xml.etree.ElementTree").etree.ElementTree.Element("a").tag == "a" and __import__("collections", fromlist=("Counter",)).Counter("a")["a"] == 1
# case: module_attributes
import json, math
assert json.__name__ == "json" and isinstance(json.__doc__, str) and "dumps" in json.__all__ and "pi" in dir(math) and hasattr(json, "loads") and repr(math).startswith("<module 'math'")
# case: patch_a_view
import json
original = json.dumps
json.dumps = lambda o, **k: "patched"
assert json.dumps(1) == "patched"
json.dumps = original
assert json.dumps(1) == "1"
# case: refused_import_is_import_error
try:
    __import__("os")
except ImportError as e:
    assert "TERRARIUM_STDLIB_ALLOW" in str(e) and e.name == "os"
else: assert False
# case: missing_module_is_module_not_found
try: __import__("json.nothing")
except ModuleNotFoundError as e: assert e.name == "json.nothing"
# case: from_import_of_missing_name
try:
    from json import nothing
except ImportError as e:
    assert "nothing" in str(e)
# case: threads_of_time_and_sorting_stability
data = [("b", 1), ("a", 1), ("c", 0)]
assert sorted(data, key=lambda t: t[1]) == [("c", 0), ("b", 1), ("a", 1)]
# case: traceback_listed
# stdlib: @safe,traceback
import traceback
try: 1 / 0
except ZeroDivisionError as e:
    text = traceback.format_exc()
    assert "ZeroDivisionError" in text and "line 2" in text and traceback.format_exception_only(e)[0].startswith("ZeroDivisionError")
# case: logging_listed
# stdlib: @safe,logging
import logging, io
out = io.StringIO()
logger = logging.getLogger("x")
handler = logging.StreamHandler(out)
handler.setFormatter(logging.Formatter("%(levelname)s %(funcName)s %(lineno)d %(message)s"))
logger.addHandler(handler)
def f(): logger.warning("hi %s", 1)
f()
assert out.getvalue() == "WARNING f 7 hi 1\n", out.getvalue()
# case: inspect_listed
# stdlib: @safe,inspect
import inspect
def f(a, b=2, *c, d: int = 4) -> str: "doc"
s = inspect.signature(f)
assert str(s) == "(a, b=2, *c, d: int = 4) -> str" and list(s.parameters) == ["a", "b", "c", "d"] and inspect.isfunction(f) and inspect.getdoc(f) == "doc" and not inspect.iscoroutinefunction(f)
# case: os_listed
# stdlib: @safe,os
import os, os.path
from os.path import basename
assert os.path.join("a", "b") == "a/b" and basename("/x/y.txt") == "y.txt" and os.path.splitext("a.b")[1] == ".b" and os.sep == "/"
# case: pathlib_listed
# stdlib: @safe,pathlib
from pathlib import PurePosixPath, Path
assert PurePosixPath("/a/b.txt").suffix == ".txt" and str(Path("a") / "b") == "a/b"
# case: importlib_listed
# stdlib: @safe,importlib
import importlib
assert importlib.import_module("json").dumps(1) == "1"
# case: email_listed
# stdlib: @safe,email
from email.message import EmailMessage
import email.utils
m = EmailMessage(); m["Subject"] = "Hi"; m["To"] = "a@b.c"; m.set_content("text")
assert "Subject: Hi" in m.as_string() and email.utils.parseaddr("X <a@b.c>") == ("X", "a@b.c") and email.message_from_string(m.as_string())["To"] == "a@b.c"
# case: threading_listed
# stdlib: @safe,threading,concurrent,queue
from concurrent.futures import ThreadPoolExecutor
import threading
lock = threading.Lock(); total = []
def work(n):
    with lock: total.append(n)
    return n * 2
with ThreadPoolExecutor(2) as pool: results = list(pool.map(work, range(5)))
assert results == [0, 2, 4, 6, 8] and sorted(total) == list(range(5))
# case: zipfile_listed
# stdlib: @safe,zipfile
import zipfile, io
b = io.BytesIO()
with zipfile.ZipFile(b, "w") as z: z.writestr("a.txt", "hi")
assert zipfile.ZipFile(b).read("a.txt") == b"hi"
# case: pickle_listed
# stdlib: @safe,pickle
import pickle, datetime
v = {"a": [1, datetime.date(2024, 1, 1)]}
assert pickle.loads(pickle.dumps(v)) == v
# case: ast_listed
# stdlib: @safe,ast
import ast
assert ast.literal_eval("[1, {'a': (2,)}]") == [1, {"a": (2,)}]
# case: configparser_listed
# stdlib: @safe,configparser
import configparser
c = configparser.ConfigParser(); c.read_string("[a]\nb = 1\n")
assert c.getint("a", "b") == 1
# case: sys_listed
# stdlib: @safe,sys
import sys
assert sys.version_info >= (3, 11) and sys.maxsize > 1 and sys.getsizeof(1) > 0
# case: unittest_listed
# stdlib: @safe,unittest
import unittest
class T(unittest.TestCase):
    def test(self): self.assertEqual(1, 1)
r = unittest.TestResult(); T("test").run(r)
assert r.wasSuccessful()
# case: sqlite_listed
# stdlib: @safe,sqlite3
import sqlite3
db = sqlite3.connect(":memory:")
assert db.execute("select 1 + 1").fetchone() == (2,)
# case: timeit_and_code_run_text
# stdlib: @safe,timeit,code
import timeit, code
assert timeit.timeit("json.dumps([1])", setup="import json", number=1) > 0
calls = []
timeit.timeit("calls.append(len(calls))", number=3, globals={"calls": calls})
assert calls == [0, 1, 2]
names = {"x": 1}
c = code.InteractiveInterpreter(names)
c.runsource("def f(): return y + x", symbol="exec"); c.runsource("y = 2"); c.runsource("z = f()")
assert names["z"] == 3
# case: plural_forms_are_generated
# stdlib: @safe,gettext
import gettext
assert [gettext.c2py("n != 1")(n) for n in (1, 2)] == [0, 1]
# case: enum_copies
import copy, enum
class Colour(enum.Enum): RED = 1; GREEN = 2
class Access(enum.Flag): READ = 1; WRITE = 2
class Level(enum.IntEnum): LOW = 1
for member in (Colour.RED, Access.READ, Access.READ | Access.WRITE, Level.LOW):
    assert copy.copy(member) is member and copy.deepcopy([member]) == [member]
# case: enum_pickles
# stdlib: @safe,pickle
import enum, pickle
import re
assert pickle.loads(pickle.dumps(re.RegexFlag.I)) is re.RegexFlag.I
# case: codecs_streams
import codecs, io
reader = codecs.getreader("utf-8")(io.BytesIO("é\nb".encode()))
writer = codecs.getwriter("utf-8")(io.BytesIO())
writer.write("é")
assert reader.readline() == "é\n" and writer.getvalue() == "é".encode() and reader.closed is False and hasattr(reader, "seekable")
# case: import_of_submodules_with_a_name
import xml.etree.ElementTree as ET, collections.abc as abc
import urllib.parse
import collections.abc
assert ET.fromstring("<a/>").tag == "a" and issubclass(dict, abc.Mapping) and urllib.parse.quote(" ") == "%20" and collections.abc is abc
def f():
    import xml.dom.minidom as m
    return m.parseString("<a/>").documentElement.tagName
assert f() == "a"
# case: coroutines_of_generators
import types
@types.coroutine
def wait(): return (yield 1)
async def main(): return await wait()
running = main()
assert running.send(None) == 1
try: running.send(2)
except StopIteration as end: assert end.value == 2
# case: type_hints_of_names_in_the_body
import typing
Number = int
class A:
    x: "Number"
    y: "typing.List[Number]"
def f(a: "Number", b: "A") -> "typing.Optional[A]": pass
assert typing.get_type_hints(A) == {"x": int, "y": typing.List[int]} and typing.get_type_hints(f)["b"] is A
# case: dataclass_private_fields
import dataclasses
@dataclasses.dataclass
class C:
    __x: int = 3
    def x(self): return self.__x
assert C(4).x() == 4 and repr(C()) == "C(_C__x=3)" and C() == C(3)
# case: own_classes_can_be_changed
import abc, collections, dataclasses, enum, functools, json, types, typing
class Encoder(json.JSONEncoder): pass
Encoder.default = lambda self, o: "x"
assert json.dumps(1j, cls=Encoder) == '"x"'
Pair = collections.namedtuple("Pair", "a b")
Pair.total = property(lambda self: self.a + self.b)
Triple = typing.NamedTuple("Triple", [("a", int)])
Triple.__doc__ = "three"
Made = dataclasses.make_dataclass("Made", ["x"])
Made.twice = lambda self: self.x * 2
New = types.new_class("New", (abc.ABC,))
New.value = 1
Colour = enum.Enum("Colour", "RED")
Colour.label = property(lambda self: self.name.lower())
class Base(abc.ABC):
    @abc.abstractmethod
    def f(self): pass
Base.register(int)
Base.__bases__ = (abc.ABC,)
Base.g = classmethod(lambda cls: cls)
del Base.g
class Other(Base):
    def f(self): pass
o = Other()
class Third(Other): pass
o.__class__ = Third
assert Pair(1, 2).total == 3 and Made(2).twice() == 4 and New.value == 1 and Colour.RED.label == "red" and type(o) is Third
@functools.total_ordering
class Ordered:
    def __init__(self, n): self.n = n
    def __lt__(self, other): return self.n < other.n
assert Ordered(1) <= Ordered(2)
# case: instances_of_library_classes_can_be_changed
import json, reprlib, string
encoder = json.JSONEncoder()
encoder.default = str
assert encoder.encode(1j) == '"1j"'
reprlib.aRepr.maxstring = 10
class Percent(string.Template): delimiter = "%"
assert Percent("%a").substitute(a=1) == "1"
# case: raw_streams_of_ones_own
import gzip, io, xml.etree.ElementTree as ET
class Source(io.RawIOBase):
    def __init__(self, data): self.data = data
    def readable(self): return True
    def readinto(self, memory):
        part, self.data = self.data[:len(memory)][:3], self.data[len(memory[:3]):]
        memory[:len(part)] = part
        return len(part)
class Sink(io.RawIOBase):
    def __init__(self): self.parts = []
    def writable(self): return True
    def write(self, data):
        self.parts.append(bytes(data))
        return len(data)
class Files:
    def __init__(self, data=b""): self.inner = io.BytesIO(data)
    def read(self, n=-1): return self.inner.read(n)
    def write(self, data): return self.inner.write(data)
    def flush(self): pass
packed = Files()
with gzip.GzipFile(fileobj=packed, mode="wb") as stream: stream.write(b"abc\n" * 5000)
with gzip.GzipFile(fileobj=Files(packed.inner.getvalue())) as stream:
    assert stream.readline() == b"abc\n" and stream.peek(1)[:1] == b"a" and len(stream.read()) == 19996
Reader = type(gzip.GzipFile(fileobj=io.BytesIO(), mode="rb")._buffer)
reader = Reader(Source(b"hello\nworld"), 4)
assert reader.readline() == b"hello\n" and reader.read() == b"world" and reader.read() == b"" and not reader.closed
with Reader(raw=Source(b"x")) as reader: assert reader.read(5) == b"x"
assert reader.closed
text = io.TextIOWrapper(Reader(Source("é\nb".encode())), encoding="utf-8")
assert list(text) == ["é\n", "b"]
sink = Sink()
ET.ElementTree(ET.fromstring("<a>é</a>")).write(sink, encoding="utf-8")
assert b"".join(sink.parts) == "<a>é</a>".encode()
# case: dataclasses_with_annotations_that_are_text
from __future__ import annotations
import dataclasses
import typing
import typing as t
from dataclasses import KW_ONLY, InitVar, dataclass
from typing import ClassVar, ClassVar as Shared
@dataclass
class A:
    x: int
    a: ClassVar[int] = 1
    b: typing.ClassVar = 2
    c: t.ClassVar[str] = ""
    d: Shared[int] = 4
    e: InitVar[int] = 5
    f: dataclasses.InitVar[int] = 6
    _: KW_ONLY
    y: typing.Optional[int] = None
    z: "Classes.ClassVar" = None
    def __post_init__(self, e, f): self.sum = e + f
one = A(1, 50, y=3)
assert [field.name for field in dataclasses.fields(A)] == ["x", "y", "z"] and one.sum == 56 and A.d == 4
assert repr(one).endswith("A(x=1, y=3, z=None)")
# case: enums_of_the_module
import enum
@enum.global_enum
class Side(enum.IntFlag):
    LEFT = 1
    RIGHT = 2
assert LEFT | RIGHT == 3
# case: enums_of_constants_of_the_module
import enum
global PORT_A, PORT_B
PORT_A, PORT_B = 1, 2
Port = enum.IntEnum._convert_("Port", "__main__", lambda name: name.startswith("PORT_"))
assert Port(1).name == "PORT_A" and list(Port.__members__) == ["PORT_A", "PORT_B"] and PORT_B is Port.PORT_B
# case: unittest_keeps_notes_in_classes
# stdlib: @safe,unittest
import unittest
ran = []
result = unittest.TestResult()
unittest.TestSuite([unittest.FunctionTestCase(lambda: ran.append(1))]).run(result)
assert ran == [1] and result.testsRun == 1 and result.wasSuccessful(), result.errors
# case: finalizers_of_ones_own
import weakref
done = []
class A: pass
one, two = A(), A()
first, second = weakref.finalize(one, done.append, 1), weakref.finalize(two, done.append, 2)
second.atexit = False
del one
assert done == [1] and not first.alive and second.alive and second() is None and done == [1, 2]
