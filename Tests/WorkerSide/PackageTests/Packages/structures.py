# package: sortedcontainers
# small
# use: list
from sortedcontainers import SortedList, SortedDict, SortedSet
l = SortedList([3, 1, 2]); l.add(0); print(l, l.bisect(2), SortedDict(b=1, a=2), SortedSet("cab"))
# use: key
from sortedcontainers import SortedKeyList
print(list(SortedKeyList([3, 1], key=lambda v: -v)), list(SortedKeyList("ab").irange("a", "b")))
# package: more-itertools
# modules: more_itertools
# small
# use: chunks
import more_itertools as m
print(list(m.chunked(range(5), 2)), list(m.windowed([1, 2, 3], 2)), m.first([]  , 0), list(m.unique_everseen("aab")))
# use: groups
import more_itertools as m
print(m.partition(lambda x: x > 1, [1, 2, 3])[1].__class__.__name__ != "", dict(m.map_reduce([1, 2, 3], lambda x: x % 2)), m.one([5]), list(m.flatten([[1], [2]])), m.peekable([1, 2]).peek())
# package: toolz
# use: functions
import toolz
print(toolz.pipe(3, lambda x: x + 1, str), toolz.groupby(len, ["a", "bb", "c"]), toolz.merge_with(sum, {"a": 1}, {"a": 2}))
# use: curry
from toolz.curried import map, filter, get_in, compose
print(list(map(lambda x: x * 2)([1, 2])), get_in(["a", 0], {"a": [5]}), compose(str, abs)(-1))
# package: cytoolz
# use: functions
import cytoolz
print(cytoolz.frequencies("aab"), list(cytoolz.partition_all(2, [1, 2, 3])), cytoolz.assoc({}, "a", 1))
# use: curry
from cytoolz import curry, compose
@curry
def add(a, b): return a + b
print(add(1)(2), compose(str, add(1))(4), cytoolz.memoize(lambda x: x)(3)) if False else print(add(1)(2), compose(str, add(1))(4))
# package: funcy
# use: functions
import funcy
print(funcy.group_by(len, ["a", "bb"]), list(funcy.chunks(2, [1, 2, 3])), funcy.walk_values(str, {"a": 1}))
# use: decorators
import funcy
@funcy.retry(3, errors=ValueError)
def f(n=[0]):
    n[0] += 1
    if n[0] < 3: raise ValueError
    return n[0]
@funcy.decorator
def log(call): return call() + 1
@log
def g(x): return x
print(f(), g(1), funcy.memoize(lambda x: x)(3))
# package: boltons
# use: iterutils
from boltons import iterutils, strutils, dictutils
print(iterutils.chunked([1, 2, 3], 2), iterutils.remap({"a": {"b": None}}, lambda p, k, v: v is not None), strutils.slugify("A b"), dictutils.OMD([("a", 1), ("a", 2)]).getlist("a"))
# use: functions
from boltons import funcutils, timeutils, cacheutils
@funcutils.wraps(len)
def f(obj, /): return 1
print(funcutils.partial(max, 1)(2), cacheutils.LRU(max_size=1), timeutils.parse_timedelta("1d 2h"))
@cacheutils.cached({})
def g(x, y=2): return x + y
print(g(1))
# package: bidict
# use: inverse
from bidict import bidict
b = bidict(a=1); b["c"] = 2; print(b.inverse[2], b)
# use: duplicate
from bidict import bidict, ValueDuplicationError
try: bidict(a=1)["b"] = 1
except ValueDuplicationError as e: print(e)
# package: intervaltree
# use: query
from intervaltree import IntervalTree
t = IntervalTree(); t[1:5] = "a"; t[3:8] = "b"; print(sorted(i.data for i in t[4]))
# use: merge
from intervaltree import IntervalTree
t = IntervalTree.from_tuples([(1, 3), (2, 5)]); t.merge_overlaps(); print(t)
# package: pyrsistent
# use: structures
from pyrsistent import pmap, pvector, freeze, thaw
print(pmap({"a": 1}).set("b", 2), pvector([1]).append(2), thaw(freeze({"a": [1]})))
# use: record
from pyrsistent import PRecord, field
class R(PRecord): x = field(type=int)
print(R(x=1).set(x=2))
# package: immutables
# use: map
import immutables
m = immutables.Map(a=1); n = m.set("b", 2); print(dict(m), dict(n))
# use: mutate
import immutables
with immutables.Map(a=1).mutate() as mm: mm["c"] = 3; print(len(mm.finish()))
# package: ordered-set
# modules: ordered_set
# use: set
from ordered_set import OrderedSet
s = OrderedSet([3, 1, 3]); print(s, s.index(1), s | {5})
# use: difference
from ordered_set import OrderedSet
print(OrderedSet([1, 2]) - OrderedSet([1]), OrderedSet("ab")[0])
# package: blinker
# use: signal
import blinker
got = []; s = blinker.signal("x")
@s.connect
def f(sender, **kw): got.append((sender, kw))
s.send("me", a=1); print(got)
# use: namespace
import blinker
print(bool(blinker.Namespace().signal("a").receivers), blinker.Signal("doc").__doc__)
# package: cachetools
# use: lru
import cachetools
c = cachetools.LRUCache(2); c.update(a=1, b=2); c["a"]; c["z"] = 3; print(sorted(c))
# use: decorators
import cachetools
@cachetools.cached(cachetools.TTLCache(10, 60))
def f(x): return x * 2
class A:
    def __init__(self): self.c = {}
    @cachetools.cachedmethod(lambda self: self.c)
    def g(self, x): return x
print(f(2), f(2), A().g(1))
# package: wrapt
# use: decorator
import wrapt
@wrapt.decorator
def d(wrapped, instance, args, kwargs): return (wrapped(*args, **kwargs), instance is not None)
@d
def f(x): return x
class A:
    @d
    def m(self, y=2): return y
print(f(1), A().m(), f.__name__)
# use: proxy
import wrapt
p = wrapt.ObjectProxy([1, 2]); p.append(3); print(p, len(p), isinstance(p, list))
# package: decorator
# small
# use: decorator
import decorator
@decorator.decorator
def twice(f, n=2, *a, **k): return f(*a, **k) * n
@twice
def g(x, y=1): return x + y
@twice(n=3)
def h(x): return x
print(g(1), h(2), g.__name__)
# use: make
import decorator
f = decorator.FunctionMaker.create("add(a, b)", "return a + b + c", {"c": 1}); print(f(1, 2), f.__name__)
@decorator.contextmanager
def c():
    yield 5
with c() as v: print(v)
# package: tenacity
# use: retry
import tenacity
n = [0]
@tenacity.retry(stop=tenacity.stop_after_attempt(3), wait=tenacity.wait_none())
def f():
    n[0] += 1
    if n[0] < 3: raise ValueError("x")
    return n[0]
print(f(), f.statistics["attempt_number"])
# use: failure
import tenacity
@tenacity.retry(stop=tenacity.stop_after_attempt(2), wait=tenacity.wait_fixed(0), retry=tenacity.retry_if_exception_type(KeyError))
def f(): raise KeyError("k")
try: f()
except tenacity.RetryError as e: print(e.last_attempt.attempt_number)
# package: backoff
# use: retry
import backoff
n = [0]
@backoff.on_exception(backoff.constant, ValueError, max_tries=3, interval=0, jitter=None)
def f():
    n[0] += 1
    if n[0] < 2: raise ValueError
    return n[0]
print(f())
# use: predicate
import backoff
n = [0]
@backoff.on_predicate(backoff.constant, lambda v: v < 3, interval=0, jitter=None)
def f(): n[0] += 1; return n[0]
print(f(), next(iter(backoff.expo())) is None)
# package: cloudpickle
# use: dumps
import cloudpickle
print(len(cloudpickle.dumps({"a": [1, 2]})) > 5)
# use: function
import cloudpickle
def f(x): return x + 1
print(cloudpickle.dumps(f)[:1], type(cloudpickle.dumps(lambda: f(1))).__name__)
# package: faker
# use: seeded
import faker
f = faker.Faker(); faker.Faker.seed(1); print(f.name(), f.email(), f.date_of_birth().year > 1900)
# use: locale
import faker
f = faker.Faker("de_DE"); f.seed_instance(2); print(f.city(), f.iban()[:2])
# package: mimesis
# use: person
from mimesis import Person, Locale
print(Person(Locale.EN, seed=1).full_name())
# use: schema
from mimesis import Field, Schema, Locale
f = Field(Locale.EN, seed=2); print(Schema(lambda: {"n": f("increment")}, iterations=2).create())
# package: price-parser
# modules: price_parser
# use: price
from price_parser import Price
p = Price.fromstring("22,90 €"); print(p.amount, p.currency)
# use: none
from price_parser import Price
print(Price.fromstring("free").amount, Price.fromstring("$1,234.5").amount_float)
# package: loguru
# use: sink
from loguru import logger
out = []; logger.remove(); logger.add(lambda m: out.append(str(m)), format="{level} {message}"); logger.info("hi {}", 1); print(out)
# use: catch
from loguru import logger
out = []; logger.remove(); logger.add(out.append, format="{function}:{line} {message}")
@logger.catch(reraise=False)
def f(): return 1 / 0
f(); print(len(out), "ZeroDivisionError" in str(out[0]))
# package: structlog
# use: event
import structlog
log = structlog.wrap_logger(structlog.PrintLogger(), processors=[structlog.processors.add_log_level, structlog.processors.JSONRenderer(sort_keys=True)]); log.info("x", a=1)
# use: bound
import structlog
out = []
class L:
    def msg(self, e): out.append(e)
structlog.wrap_logger(L(), processors=[structlog.processors.KeyValueRenderer(sort_keys=True)], wrapper_class=structlog.BoundLogger).bind(b=2).msg("e"); print(out)
# package: rich
# use: table
import io
from rich.console import Console
from rich.table import Table
o = io.StringIO(); t = Table("a", "b"); t.add_row("1", "[bold]x"); Console(file=o, width=30).print(t); print(o.getvalue())
# use: pretty
from rich.pretty import pretty_repr
from rich.text import Text
from rich.markup import escape
print(pretty_repr({"a": list(range(30))}, max_width=20)[:40], Text("ab").append("c").plain, escape("[x]"))
# package: click
# use: runner
import click
@click.command()
@click.option("--n", default=1, type=int)
@click.argument("name")
def f(n, name): return n, name
print(f.main(["--n", "2", "x"], standalone_mode=False), click.style("a", fg="red"))
# use: error
import click
@click.command()
@click.option("--n", type=click.IntRange(0, 3))
def f(n): pass
try: f.main(["--n", "9"], standalone_mode=False)
except click.BadParameter as e: print(e.message)
# package: typer
# use: command
import typer
app = typer.Typer(add_completion=False)
@app.command()
def f(name: str, n: int = 1): print(name * n)
app(["x", "--n", "2"], standalone_mode=False)
# use: group
import typer
app = typer.Typer(add_completion=False)
@app.command()
def a(): print("a")
@app.command()
def b(v: float = typer.Option(2.5)): print(v)
app(["b"], standalone_mode=False); app(["a"], standalone_mode=False)
# package: tqdm
# use: bar
import tqdm, io
o = io.StringIO(); print(sum(tqdm.tqdm([1, 2, 3], file=o)), "3/3" in o.getvalue())
# use: format
import tqdm
print(tqdm.tqdm.format_sizeof(12345), tqdm.tqdm.format_interval(3700))
# package: colorama
# use: codes
import colorama
print(repr(colorama.Fore.RED + "x" + colorama.Style.RESET_ALL))
# use: cursor
from colorama import Cursor, ansi
print(repr(Cursor.UP(2)), repr(ansi.clear_screen()))
# package: six
# small
# use: moves
import six
from six.moves import urllib, range, zip
print(six.moves.urllib.parse.quote("a b"), list(range(2)), six.text_type("x"), list(six.iteritems({"a": 1})), urllib.parse.urlparse("http://x/y").path)
# use: classes
import six
from six.moves.urllib.parse import urlencode
@six.add_metaclass(type("M", (type,), {}))
class A: pass
print(type(A).__name__, urlencode({"a": 1}), six.ensure_str(b"x"), six.PY3)
# package: zipp
# use: path
import zipp
print(zipp.Path.__name__, callable(zipp.CompleteDirs))
# use: glob
from zipp import glob
print(glob.Translator().translate("*.txt")[:10] != "")
