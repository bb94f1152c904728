# package: pydantic
# use: models
from pydantic import BaseModel, ValidationError, Field, field_validator
import typing, datetime
class Item(BaseModel):
    name: str = Field(min_length=2); n: int = 0; tags: list[str] = []; when: typing.Optional[datetime.date] = None
    @field_validator("name")
    @classmethod
    def upper(cls, v): return v.upper()
print(Item(name="ab", n="3", when="2024-01-02").model_dump_json())
try: Item(name="a", n="x")
except ValidationError as e: print(e.error_count(), [x["loc"] for x in e.errors()])
# use: forward
from pydantic import BaseModel, TypeAdapter, computed_field, validate_call
class Node(BaseModel):
    v: int; children: "list[Node]" = []; other: "Leaf | None" = None
    @computed_field
    @property
    def total(self) -> int: return self.v + sum(c.total for c in self.children)
class Leaf(BaseModel): z: int
Node.model_rebuild()
@validate_call
def f(a: int, b: "str" = "x") -> str: return b * a
print(Node(v=1, children=[{"v": 2}], other={"z": 1}).model_dump(), TypeAdapter(list[int]).validate_python(["1"]), f("2"), sorted(Node.model_json_schema()["$defs"]))
# package: attrs
# modules: attrs,attr
# use: classes
import attrs
@attrs.define(order=True)
class P:
    x: int = attrs.field(validator=attrs.validators.instance_of(int), converter=int)
    y: list = attrs.Factory(list)
@attrs.frozen
class Q(P): z: str = "a"
print(P("1"), Q(1, z="b"), attrs.asdict(P(2)), attrs.evolve(Q(1), z="c"), P(1) < P(2), hash(Q(1, y=())) == hash(Q(1, y=())))
try: Q(1).z = 2
except attrs.exceptions.FrozenInstanceError as e: print(type(e).__name__)
# use: make
import attr
C = attr.make_class("C", {"a": attr.ib(default=1), "b": attr.ib(kw_only=True)}, slots=True)
print(C(b=2), attr.fields(C).a.name, attr.has(C))
@attr.s(auto_attribs=True, cache_hash=True, frozen=True)
class D:
    x: "int"
    @property
    def twice(self): return self.x * 2
attr.resolve_types(D); print(D(3).twice, attr.fields(D).x.type)
# package: cattrs
# modules: cattrs,attrs,attr
# use: structure
import attrs, cattrs
@attrs.define
class A: x: int; y: list[str] = []
print(cattrs.structure({"x": "1", "y": ["a"]}, A), cattrs.unstructure(A(1)))
# use: hooks
import cattrs, datetime
c = cattrs.Converter(); c.register_unstructure_hook(datetime.date, lambda d: d.isoformat()); c.register_structure_hook(datetime.date, lambda v, _: datetime.date.fromisoformat(v))
print(c.unstructure([datetime.date(2024, 1, 1)]), c.structure(["2024-01-02"], list[datetime.date]))
# package: marshmallow
# use: schema
from marshmallow import Schema, fields, ValidationError, post_load
class S(Schema):
    a = fields.Int(required=True); b = fields.Email(); c = fields.List(fields.Date())
    @post_load
    def make(self, data, **kw): return sorted(data)
print(S().load({"a": "1", "c": ["2024-01-02"]}), S().dump({"a": 1}))
# use: errors
from marshmallow import Schema, fields, ValidationError, validate
try: Schema.from_dict({"n": fields.Int(validate=validate.Range(min=2))})().load({"n": 1, "x": 2})
except ValidationError as e: print(e.messages)
# package: jsonschema
# use: validate
import jsonschema
s = {"type": "object", "properties": {"a": {"type": "integer", "minimum": 1}}, "required": ["a"]}
jsonschema.validate({"a": 1}, s); print(sorted(e.message for e in jsonschema.Draft202012Validator(s).iter_errors({"a": 0})))
# use: reference
import jsonschema
try: jsonschema.validate({"x": "a"}, {"$defs": {"n": {"type": "number"}}, "properties": {"x": {"$ref": "#/$defs/n"}}})
except jsonschema.ValidationError as e: print(e.message, list(e.path))
# package: voluptuous
# use: schema
from voluptuous import Schema, Required, Any, Coerce, MultipleInvalid, Range, All
s = Schema({Required("a"): All(Coerce(int), Range(min=1)), "b": Any("x", None)}); print(s({"a": "3"}))
# use: error
from voluptuous import Schema, MultipleInvalid
try: Schema({"a": int})({"a": "x", "b": 1})
except MultipleInvalid as e: print(sorted(str(x) for x in e.errors))
# package: cerberus
# use: validate
import cerberus
v = cerberus.Validator({"a": {"type": "integer", "min": 2}, "b": {"type": "list", "schema": {"type": "string"}}}); print(v.validate({"a": 1, "b": ["x"]}), v.errors)
# use: normalise
import cerberus
print(cerberus.Validator({"a": {"coerce": int, "default": 5}}).normalized({}))
# package: schema
# use: schema
from schema import Schema, And, Use, Optional
print(Schema({"a": And(Use(int), lambda n: n > 0), Optional("b"): str}).validate({"a": "3"}))
# use: error
from schema import Schema, SchemaError
try: Schema({"a": int}).validate({"a": "x"})
except SchemaError as e: print(e.code)
# package: typeguard
# use: check
from typeguard import check_type, TypeCheckError
print(check_type([1], list[int]))
try: check_type(["a"], list[int])
except TypeCheckError as e: print(e)
# use: protocol
from typeguard import check_type
import typing
print(check_type({"a": 1}, typing.Dict[str, typing.Union[int, str]]))
# package: msgspec
# use: struct
import msgspec
class S(msgspec.Struct): a: int; b: str = "x"
print(msgspec.json.decode(b'{"a": 1}', type=S), msgspec.json.encode(S(2)), msgspec.convert({"a": 3}, S))
# use: errors
import msgspec
try: msgspec.json.decode(b'{"a": "x"}', type=dict[str, int])
except msgspec.ValidationError as e: print(e)
# package: dataclasses-json
# modules: dataclasses_json
# use: roundtrip
from dataclasses import dataclass, field
from dataclasses_json import dataclass_json, config
@dataclass_json
@dataclass
class A: x: int; y: str = field(default="a", metadata=config(field_name="Y"))
print(A.from_json('{"x": 1, "Y": "b"}'), A(2).to_json())
# use: nested
from dataclasses import dataclass
from dataclasses_json import dataclass_json, LetterCase, DataClassJsonMixin
@dataclass
class In(DataClassJsonMixin): n: int
@dataclass
class Out(DataClassJsonMixin): items: list[In]
print(Out.from_dict({"items": [{"n": 1}]}), Out.schema().dumps(Out([In(2)])))
# package: dacite
# small
# use: nested
from dataclasses import dataclass
import dacite
@dataclass
class In: n: int
@dataclass
class Out: a: list[In]; b: "str" = "x"
print(dacite.from_dict(Out, {"a": [{"n": 1}]}))
# use: error
from dataclasses import dataclass
import dacite
@dataclass
class In: n: int
try: dacite.from_dict(In, {"n": "x"})
except dacite.WrongTypeError as e: print(e)
print(dacite.from_dict(In, {"n": "4"}, dacite.Config(cast=[int])))
# package: email-validator
# modules: email_validator
# use: valid
from email_validator import validate_email
print(validate_email("Al@Example.com", check_deliverability=False).normalized)
# use: invalid
from email_validator import validate_email, EmailNotValidError
try: validate_email("a@@b", check_deliverability=False)
except EmailNotValidError as e: print(e)
# package: validators
# use: checks
import validators
print(validators.url("http://example.com"), bool(validators.email("x")), validators.iban("DE89370400440532013000"), validators.uuid("2bc1c94f-0deb-43e9-92a1-4775189ec9f8"))
# use: failure
import validators
print(validators.between(5, min_val=6) == False, validators.ipv4("1.2.3.4"))
# package: typing-extensions
# modules: typing_extensions
# small
# use: types
import typing_extensions as te
class T(te.TypedDict, total=False): a: te.Required[int]; b: te.NotRequired["str"]
class P(te.Protocol):
    def f(self) -> int: ...
print(T.__required_keys__, te.get_type_hints(T), te.get_args(te.Annotated[int, 1]), te.Literal["a"])
# use: deprecated
import typing_extensions as te, typing
print(typing.Optional[int], typing.Dict[str, "int"], typing.Callable[[int], str], te.get_origin(te.Annotated[int, 1]) is te.Annotated)
@te.runtime_checkable
class Q(te.Protocol):
    x: int
print(isinstance(type("A", (), {"x": 1})(), Q))
# package: packaging
# small
# use: versions
from packaging.version import Version
from packaging.specifiers import SpecifierSet
print(sorted(map(Version, ["1.10", "1.9", "1.10rc1"])), Version("2.0") in SpecifierSet(">=1,<3"))
# use: requirements
from packaging.requirements import Requirement
print(Requirement("a[b]>=1; python_version > '3'").extras, Requirement("x==1").specifier)
