# case: comprehensions_see_what_is_around_them
rows = [i["json"]["n"] for i in _items]
def pairs(limit):
    return [[(row, other) for other in range(limit)] for row in rows]
class Table:
    names = [f"c{n}" for n in range(3)]
    cells = {n: [n * m for m in range(2)] for n in range(2)}
assert pairs(2)[1] == [(2, 0), (2, 1)] and Table.names[2] == "c2" and Table.cells[1] == [0, 1]
assert [x for x in [1] if [x for x in [2]]] == [1]
# case: super_in_every_form
class Base:
    kind = "base"
    def __init__(self, name): self.name = name
    def hello(self): return "hello " + self.name
    @property
    def title(self): return self.name.title()
    @classmethod
    def make(cls, name): return cls(name)
class Child(Base):
    def hello(self): return super().hello() + "!"
    @property
    def title(self): return super().title + super(Child, self).kind
    @classmethod
    def make(cls, name): return super().make(name + "2")
child = Child.make("ann")
assert child.hello() == "hello ann2!" and child.title == "Ann2base"
# case: nested_quotes
# python: 3.12+
row = {"name": "a", "parts": ["x", "y"]}
assert f"{row["name"]}: {", ".join(row["parts"])}" == "a: x, y"
assert f"{f"{f"{1 + 1}"}"}" == "2"
assert f"{
    row["name"]  # a remark
}" == "a"
# case: type_parameters
# python: 3.12+
# stdlib: none
type Pair[T] = tuple[T, T]
class Stack[T]:
    def __init__(self) -> None: self.values: list[T] = []
    def push(self, value: T) -> None: self.values.append(value)
def first[T](values: list[T]) -> T: return values[0]
def bounded[N: (int, float), *Rest, **Params](value: N) -> N: return value
stack = Stack[int]()
stack.push(3)
assert first(stack.values) == 3 and bounded(2) == 2
assert Pair.__name__ == "Pair" and str(Pair.__value__).startswith("tuple[") and Stack.__type_params__[0].__name__ == "T"
# case: aliases_are_lazy
# python: 3.12+
type Tree = dict[str, Tree] | None
type Late = Missing
assert "Tree" in repr(Tree.__value__)
try:
    Late.__value__
except NameError as error:
    assert error.name == "Missing"
else:
    raise AssertionError("evaluated")
# case: generic_models
# python: 3.12+
import dataclasses, typing
@dataclasses.dataclass
class Page[T]:
    items: list[T]
    next: "Page[T] | None" = None
class Point(typing.NamedTuple):
    x: int
    y: int = 0
class Row(typing.TypedDict, total=False):
    a: int
page = Page[int]([1])
assert page.items == [1] and Point(1).y == 0 and typing.get_type_hints(Row) == {"a": int}
assert typing.get_type_hints(Point)["x"] is int and "items" in typing.get_type_hints(Page)
# case: batched
# python: 3.12+
import itertools
assert list(itertools.batched([1, 2, 3], 2)) == [(1, 2), (3,)]
# case: overrides_and_deprecations
# python: 3.13+
import typing, warnings
class Base:
    def f(self): return 1
class Child(Base):
    @typing.override
    def f(self): return 2
@warnings.deprecated("use g")
def old(): return 3
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    assert old() == 3 and Child().f() == 2
assert str(caught[0].message) == "use g"
# case: copies_with_changes
# python: 3.13+
import copy, dataclasses, datetime
@dataclasses.dataclass(frozen=True)
class Point:
    x: int
    y: int = 2
assert copy.replace(Point(1), x=5) == Point(5, 2)
assert copy.replace(datetime.date(2024, 1, 2), day=3).day == 3
# case: defaults_of_type_parameters
# python: 3.13+
class Box[T = int]:
    pass
assert Box.__type_params__[0].__default__ is int
# case: numbers_of_many_digits
import random
a = random.getrandbits(200000)
b = random.getrandbits(90000) | 1
q, r = divmod(a, b)
assert q * b + r == a
# case: variables_of_a_function
def f(a, b=2):
    c = a + b
    return sorted([name for name in dir() if not name.startswith("_")])
assert f(1)[:2] == ["a", "b"]
# case: interpolated_templates
# python: 3.14+
from string.templatelib import Interpolation, Template
name = "<b>"
template = t"hello {name!r:>5} and {1 + 1}"
assert isinstance(template, Template) and template.values == ("<b>", 2)
def render(template):
    return "".join(part.replace("<", "") if isinstance(part, str) else str(part.value) for part in template)
assert render(template) == "hello <b> and 2" and template.interpolations[0].expression == "name"
# case: annotations_are_deferred
# python: 3.14+
import dataclasses, typing
def f(x: Later) -> Later: return x
@dataclasses.dataclass
class Node:
    next: Node | None = None
    other: Unknown = None
class Later: pass
assert typing.get_type_hints(f)["x"] is Later and Node(Node()).next.next is None
assert [field.name for field in dataclasses.fields(Node)] == ["next", "other"]
class Point(typing.NamedTuple):
    x: Unknown
    y: int = 0
class Row(typing.TypedDict):
    a: Unknown
assert Point(1).y == 0 and Row(a=1) == {"a": 1}
assert typing.evaluate_forward_ref(typing.ForwardRef("Later")  , globals={"Later": Later}) is Later
assert typing.evaluate_forward_ref(typing.ForwardRef("list[int]")) == list[int]
assert typing.evaluate_forward_ref(typing.ForwardRef("int")) is int
# case: compression_by_its_new_name
# python: 3.14+
from compression import zlib, zstd
assert zlib.decompress(zlib.compress(b"x" * 100)) == b"x" * 100
assert zstd.decompress(zstd.compress(b"x" * 100)) == b"x" * 100
# case: another_process_cannot_run_code
# python: 3.14+
# stdlib: @safe,sys
import sys
assert not sys.is_remote_debug_enabled()
