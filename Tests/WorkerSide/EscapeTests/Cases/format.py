# case: format_globals
class F(str): pass
import json
text = "{0.__globals__[_terrarium_sentinel]}".format(json.dumps)
if "built-in" in text: escaped(text)
# case: format_map_globals
import json
text = "{f.__globals__[_terrarium_sentinel]}".format_map({"f": json.dumps})
if "built-in" in text: escaped(text)
# case: stored_format_method
import json
fmt = "{0.__globals__[_terrarium_sentinel]}".format
text = fmt(json.dumps)
if "built-in" in text: escaped(text)
# case: unbound_format
import json
text = str.format("{0.__globals__[_terrarium_sentinel]}", json.dumps)
if "built-in" in text: escaped(text)
# case: format_on_str_subclass
import json
class S(str): pass
text = S("{0.__globals__[_terrarium_sentinel]}").format(json.dumps)
if "built-in" in text: escaped(text)
# case: format_nested_spec
import json
text = "{0:{1.__globals__[_terrarium_sentinel]}}".format(1, json.dumps)
if "built-in" in text: escaped(text)
# control: none, the value is no format specification
# case: format_assembled
import json
text = ("{0._" + "_globals_" + "_[_terrarium_sentinel]}").format(json.dumps)
if "built-in" in text: escaped(text)
# case: format_by_map
import json
text = list(map("{0.__globals__[_terrarium_sentinel]}".format, [json.dumps]))[0]
if "built-in" in text: escaped(text)
# case: format_by_methodcaller
import json, operator
text = operator.methodcaller("format", json.dumps)("{0.__globals__[_terrarium_sentinel]}")
if "built-in" in text: escaped(text)
# case: format_chain
import json
class Box: f = staticmethod(json.dumps)
text = "{0.f.__globals__[_terrarium_sentinel]}".format(Box())
if "built-in" in text: escaped(text)
# case: format_index_then_attribute
import json
text = "{0[f].__globals__[_terrarium_sentinel]}".format({"f": json.dumps})
if "built-in" in text: escaped(text)
# case: format_conversion
import json
text = "{0.__globals__[_terrarium_sentinel]!r}".format(json.dumps)
if "built-in" in text: escaped(text)
# case: format_builtin_self
text = "{0.__self__._terrarium_sentinel}".format(len)
if "built-in" in text: escaped(text)
# case: string_formatter
import json, string
text = string.Formatter().format("{0.__globals__[_terrarium_sentinel]}", json.dumps)
if "built-in" in text: escaped(text)
# case: string_formatter_get_field
import json, string
found, _ = string.Formatter().get_field("0.__globals__", (json.dumps,), {})
pwn(found)
# case: string_formatter_vformat
import json, string
text = string.Formatter().vformat("{f.__globals__[_terrarium_sentinel]}", (), {"f": json.dumps})
if "built-in" in text: escaped(text)
# case: string_formatter_get_field_code
import json, string
pwn(string.Formatter().get_field("0.__code__", (json.dumps,), {})[0])
# case: user_string_format
import collections, json
text = collections.UserString("{0.__globals__[_terrarium_sentinel]}").format(json.dumps)
if "built-in" in text: escaped(text)
# case: user_string_format_map
import collections, json
text = collections.UserString("{f.__globals__[_terrarium_sentinel]}").format_map({"f": json.dumps})
if "built-in" in text: escaped(text)
# case: fstring
import json
text = f"{json.dumps.__globals__['_terrarium_sentinel']}"
if "built-in" in text: escaped(text)
# case: fstring_nested
import json
text = f"{1:{'>' if json.dumps.__globals__ else '<'}5}"
pwn(json.dumps.__globals__)
# case: format_generator_frame
g = (i for i in [1])
text = "{0.gi_frame.f_builtins}".format(g)
if "built-in" in text: escaped("frame")
# case: format_with_lying_subclass
import json
class S(str):
    def __contains__(self, x): return False
    def find(self, *a): return -1
    def __iter__(self): return iter(())
    def __len__(self): return 0
    def __getitem__(self, i): return ""
text = S("{0.__globals__[_terrarium_sentinel]}").format(json.dumps)
if "built-in" in text: escaped(text)
# case: format_escaped_braces_around
import json
text = "{{{0.__globals__[_terrarium_sentinel]}}}".format(json.dumps)
if "built-in" in text: escaped(text)
# case: format_bracket_trick
import json
text = "{0[a]!s}{1.__globals__[_terrarium_sentinel]}".format({"a": "]."}, json.dumps)
if "built-in" in text: escaped(text)
# case: template_attribute
import json, string
class T(string.Template):
    idpattern = r"[a-z_.]+"
class M(dict):
    def __getitem__(self, key):
        value = json
        for part in key.split(".")[1:]: value = getattr(value, part)
        return value
text = T("$json.dumps.__globals__").safe_substitute(M())
if "_terrarium_sentinel" in text: escaped("template")
# case: percent_format
import json
class M(dict):
    def __getitem__(self, key): return getattr(json.dumps, key)
text = "%(__globals__)s" % M()
if "_terrarium_sentinel" in text: escaped("percent")
# case: dunder_format_method
import json
text = "".__class__.format("{0.__globals__[_terrarium_sentinel]}", json.dumps)
if "built-in" in text: escaped(text)
