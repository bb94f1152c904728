# package: pyyaml
# modules: yaml
# small
# use: safe
import yaml
print(yaml.safe_load("a: 1\nb: [x, 2024-01-02]\nc: &r {d: null}\ne: *r"), yaml.safe_dump({"a": [1, {"b": None}]}))
# use: errors
import yaml
try: yaml.safe_load("a: [1")
except yaml.YAMLError as e: print(type(e).__name__)
class L(yaml.SafeLoader): pass
L.add_constructor("!up", lambda loader, node: loader.construct_scalar(node).upper()); print(yaml.load("a: !up x", Loader=L), list(yaml.safe_load_all("1\n---\n2")))
# package: ruamel.yaml
# modules: ruamel.yaml
# use: roundtrip
from ruamel.yaml import YAML
import io
y = YAML(); d = y.load("# c\na: 1 # x\nb:\n  - 2\n"); d["a"] = 5; o = io.StringIO(); y.dump(d, o); print(o.getvalue())
# use: safe
from ruamel.yaml import YAML
print(YAML(typ="safe", pure=True).load("{a: [1, 2.5, yes]}"))
# package: toml
# use: load
import toml
print(toml.loads("[a]\nb = 1\nc = [1, 2]"), toml.dumps({"a": {"b": "x"}}))
# use: error
import toml
try: toml.loads("a = ")
except toml.TomlDecodeError as e: print(e)
# package: tomli
# use: load
import tomli
print(tomli.loads("a = 1979-05-27\n[[b]]\nc = 1.5"))
# use: error
import tomli
try: tomli.loads("a = ")
except tomli.TOMLDecodeError as e: print(e)
# package: tomlkit
# use: edit
import tomlkit
d = tomlkit.parse("# c\n[a]\nb = 1\n"); d["a"]["c"] = "x"; print(tomlkit.dumps(d))
# use: build
import tomlkit
d = tomlkit.document(); d.add("k", tomlkit.array("[1, 2]")); print(d.as_string())
# package: orjson
# use: roundtrip
import orjson, datetime
print(orjson.dumps({"a": datetime.date(2024, 1, 2), "b": [1.5, None]}), orjson.loads(b'{"a": [1]}'))
# use: options
import orjson
print(orjson.dumps({"b": 1, "a": 2}, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2).decode())
# package: ujson
# use: roundtrip
import ujson
print(ujson.dumps({"a": [1, "ü"]}), ujson.loads('{"a": 1e3}'))
# use: error
import ujson
try: ujson.loads("{")
except ujson.JSONDecodeError as e: print(type(e).__name__)
# package: simplejson
# use: decimal
import simplejson, decimal
print(simplejson.dumps({"a": decimal.Decimal("1.10")}), simplejson.loads("1.1", use_decimal=True))
# use: named
import simplejson, collections
P = collections.namedtuple("P", "x y"); print(simplejson.dumps(P(1, 2)), simplejson.dumps({"b": 1, "a": 2}, sort_keys=True, indent=" "))
# package: msgpack
# use: roundtrip
import msgpack
print(msgpack.unpackb(msgpack.packb({"a": [1, b"x", None]})), msgpack.packb(1))
# use: stream
import msgpack
u = msgpack.Unpacker(); u.feed(msgpack.packb(1) + msgpack.packb("a")); print(list(u), msgpack.unpackb(msgpack.packb(msgpack.ExtType(5, b"x"))))
# package: cbor2
# use: roundtrip
import cbor2, datetime
print(cbor2.loads(cbor2.dumps({"a": [1, 2.5, b"x"]})), cbor2.dumps(datetime.date(2024, 1, 1), timezone=datetime.timezone.utc, date_as_datetime=True).hex())
# use: tags
import cbor2
print(cbor2.loads(cbor2.dumps(cbor2.CBORTag(4000, "x"))))
# package: json5
# use: load
import json5
print(json5.loads("{a: 1, /* c */ b: [0x10, 'x',],}"), json5.dumps({"a": None}))
# use: error
import json5
try: json5.loads("{a: }")
except ValueError as e: print(e)
# package: hjson
# use: load
import hjson
print(dict(hjson.loads("{\n a: text\n # c\n b: 2\n}")))
# use: dump
import hjson
print(hjson.dumps({"a": 1}), hjson.dumpsJSON({"a": 1}))
# package: ijson
# use: items
import ijson, io
print(list(ijson.items(io.BytesIO(b'{"a": [{"b": 1}, {"b": 2}]}'), "a.item.b")))
# use: events
import ijson, io
print(list(ijson.parse(io.BytesIO(b'{"a": 1}'))))
# package: jsonpath-ng
# modules: jsonpath_ng
# use: find
from jsonpath_ng import parse
print([m.value for m in parse("$.a[*].b").find({"a": [{"b": 1}, {"b": 2}]})], [str(m.full_path) for m in parse("a..b").find({"a": {"b": 1}})])
# use: filter
from jsonpath_ng.ext import parse
print([m.value for m in parse("$.a[?(@.n > 1)].n").find({"a": [{"n": 1}, {"n": 2}]})])
# package: jmespath
# small
# use: search
import jmespath
print(jmespath.search("a[?n > `1`].n | [0]", {"a": [{"n": 1}, {"n": 2}]}), jmespath.compile("length(a)").search({"a": [1]}))
# use: functions
import jmespath
class F(jmespath.functions.Functions):
    @jmespath.functions.signature({"types": ["number"]})
    def _func_twice(self, x): return x * 2
print(jmespath.search("twice(a)", {"a": 2}, jmespath.Options(custom_functions=F())), jmespath.search("sort_by(@, &n)[].n", [{"n": 2}, {"n": 1}]))
# package: jsonpatch
# use: diff
import jsonpatch
print(jsonpatch.make_patch({"a": 1}, {"a": 2, "b": [3]}).to_string(), jsonpatch.apply_patch({"a": 1}, [{"op": "remove", "path": "/a"}]))
# use: error
import jsonpatch
try: jsonpatch.apply_patch({}, [{"op": "remove", "path": "/x"}])
except jsonpatch.JsonPatchConflict as e: print(e)
# package: jsonpointer
# use: resolve
import jsonpointer
print(jsonpointer.resolve_pointer({"a": [1, {"b/c": 2}]}, "/a/1/b~1c"), jsonpointer.set_pointer({"a": 1}, "/a", 2))
# use: error
import jsonpointer
try: jsonpointer.resolve_pointer({}, "/x")
except jsonpointer.JsonPointerException as e: print(e)
# package: glom
# use: path
import glom
print(glom.glom({"a": {"b": [{"c": 1}, {"c": 2}]}}, "a.b.0.c"), glom.glom({"a": [{"c": 1}]}, ("a", ["c"])), glom.glom({"x": 1}, {"y": glom.T["x"], "z": glom.Coalesce("q", default=0)}))
# use: error
import glom
try: glom.glom({"a": 1}, "a.b")
except glom.PathAccessError as e: print(type(e).__name__)
# package: deepdiff
# use: diff
from deepdiff import DeepDiff, DeepHash
print(DeepDiff({"a": 1, "b": [1, 2]}, {"a": 2, "b": [1]}), DeepDiff([1, 2], [2, 1], ignore_order=True))
# use: search
from deepdiff import grep, DeepSearch, extract
print({"a": ["somewhere"]} | grep("some"), extract({"a": [1, 5]}, "root['a'][1]"))
# package: dpath
# use: get
import dpath
print(dpath.get({"a": {"b": 1}}, "a/b"), list(dpath.search({"a": {"b": 1, "c": 2}}, "a/*", yielded=True)))
# use: set
import dpath
d = {}; dpath.new(d, "a/b", 1); print(d, dpath.merge(d, {"a": {"c": 2}}))
# package: python-benedict
# modules: benedict
# use: keypath
from benedict import benedict
d = benedict({"a": {"b": [1, 2]}}); d["x.y"] = 3; print(d["a.b[1]"], d.x.y, d.flatten("_"))
# use: json
from benedict import benedict
print(benedict.from_json('{"a": 1}').to_json(), benedict({"a": None}).clean() if False else benedict({"b": 2}).invert())
# package: addict
# use: dict
from addict import Dict
d = Dict(); d.a.b.c = 1; print(d.to_dict(), d.x == {})
# use: update
from addict import Dict
d = Dict({"a": {"b": 1}}); d.update({"a": {"c": 2}}); print(d)
# package: munch
# use: dict
import munch
m = munch.munchify({"a": {"b": 1}}); m.c = 2; print(m.a.b, munch.unmunchify(m))
# use: default
import munch
print(munch.DefaultMunch("x").q, munch.Munch(a=1).toJSON())
# package: python-box
# modules: box
# use: dict
from box import Box
b = Box({"a": {"b": [{"c": 1}]}}); print(b.a.b[0].c, b.to_json())
# use: dots
from box import Box
b = Box(box_dots=True, default_box=True); b["a.b"] = 1; print(b.to_dict(), Box({"a b": 1}, conversion_box=True).a_b)
# package: dotmap
# use: dict
from dotmap import DotMap
m = DotMap(); m.a.b = 1; print(m.toDict(), m.a.b)
# use: nested
from dotmap import DotMap
print(DotMap({"a": [{"b": 1}]}).a[0].b, len(DotMap(a=1)))
# package: jsonpickle
# use: plain
import jsonpickle, datetime
print(jsonpickle.encode({"a": (1, 2)}, unpicklable=False), jsonpickle.decode('{"a": [1]}'))
# use: object
import jsonpickle
class A:
    def __init__(self): self.x = 1
print(jsonpickle.encode(A(), unpicklable=False), jsonpickle.decode(jsonpickle.encode({1, 2})))
# package: protobuf
# modules: google.protobuf
# use: wellknown
from google.protobuf import struct_pb2, timestamp_pb2, json_format
s = struct_pb2.Struct(); s.update({"a": 1, "b": [True]}); print(sorted(json_format.MessageToDict(s)), len(s.SerializeToString()))
# use: time
from google.protobuf import timestamp_pb2, duration_pb2
t = timestamp_pb2.Timestamp(); t.FromJsonString("2024-01-01T00:00:00Z"); print(t.seconds, duration_pb2.Duration(seconds=3).ToJsonString())
# package: fastavro
# use: roundtrip
import fastavro, io
s = fastavro.parse_schema({"type": "record", "name": "A", "fields": [{"name": "x", "type": "int"}]}); b = io.BytesIO(); fastavro.writer(b, s, [{"x": 1}]); b.seek(0); print(list(fastavro.reader(b)))
# use: validate
import fastavro
from fastavro.validation import validate
print(validate(1, "int"), fastavro.schema.fullname({"type": "record", "name": "a.B", "fields": []}))
# package: dictdiffer
# use: diff
import dictdiffer
d = list(dictdiffer.diff({"a": 1}, {"a": 2, "b": 3})); print(d, dictdiffer.patch(d, {"a": 1}))
# use: revert
import dictdiffer
d = list(dictdiffer.diff([1, 2], [1])); print(dictdiffer.revert(d, [1]))
# package: zstandard
# use: roundtrip
import zstandard
print(zstandard.decompress(zstandard.compress(b"a" * 100))[:3], zstandard.ZstdCompressor(level=3).compress(b"x")[:4])
# use: stream
import zstandard, io
c = zstandard.ZstdCompressor().compress(b"hello"); print(zstandard.ZstdDecompressor().stream_reader(io.BytesIO(c)).read())
# package: brotli
# use: roundtrip
import brotli
print(brotli.decompress(brotli.compress(b"a" * 50)))
# use: error
import brotli
try: brotli.decompress(b"xx")
except brotli.error as e: print(type(e).__name__)
# package: lz4
# modules: lz4
# use: frame
import lz4.frame
print(lz4.frame.decompress(lz4.frame.compress(b"a" * 50)))
# use: block
import lz4.block
print(lz4.block.decompress(lz4.block.compress(b"hello")))
