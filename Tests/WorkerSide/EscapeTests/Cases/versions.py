# What versions after 3.11 have added.
# case: super_attribute
import json
class Decoder(json.JSONDecoder):
    def leak(self): return super().decode.__globals__
pwn(Decoder().leak())
# case: super_attribute_by_name
import json, operator
class Decoder(json.JSONDecoder):
    def leak(self): return operator.attrgetter("decode.__globals__")(super())
pwn(Decoder().leak())
# case: super_getattribute
import json
class Decoder(json.JSONDecoder):
    def leak(self): return super().decode.__func__.__getattribute__("__globals__")
pwn(Decoder().leak())
# case: inlined_comprehension
import json
pwn([f.__globals__ for f in (json.dumps,)][0])
# case: inlined_comprehension_at_class_level
import json
class Holder:
    found = [{"g": f.__globals__ for f in [json.dumps]}]
pwn(Holder.found[0]["g"])
# case: locals_in_a_comprehension
import json, operator
def f(): return [operator.attrgetter("__globals__")(g) for g in (json.dumps,)]
pwn(f()[0])
# case: frame_variables_of_a_library
import json, operator
def hook(pairs):
    global caught
    try:
        1 / 0
    except ZeroDivisionError as error:
        caught = error
caught = None
json.loads("{}", object_pairs_hook=hook)
operator.attrgetter("__traceback__.tb_frame.f_back.f_locals")(caught)
escaped("f_locals")
# case: frame_variables_of_a_generator
import operator
def gen():
    held = 1
    yield held
g = gen()
next(g)
found = operator.attrgetter("gi_frame.f_locals")(g)
found["held"] = 2
escaped("f_locals")
# case: forward_ref_with_type_parameters
# python: 3.12+
import typing
try: typing.ForwardRef("__import__('sys')._terrarium_sentinel()")._evaluate({}, {}, (), recursive_guard=frozenset())
except TypeError: pass
# case: forward_ref_of_a_module_with_type_parameters
# python: 3.12+
# control: 3.13-, later a namespace that is given takes the place of the module's
import typing
try: typing.ForwardRef("_os._terrarium_sentinel()", module="random")._evaluate({}, {}, (), recursive_guard=frozenset())
except TypeError: pass
# case: forward_ref_with_a_parameter
# python: 3.12+
import random, typing
class Holder[T](random.Random):
    x: "T | _os._terrarium_sentinel()"
Holder.__module__ = "random"
try: typing.get_type_hints(Holder)
except TypeError: pass
# case: make_dataclass_of_a_module
# python: 3.12+
import dataclasses
class S(str):
    def isidentifier(self): return True
try:
    X = dataclasses.make_dataclass("X", [S("x,sys._terrarium_sentinel()")], namespace={"x": 1}, module="os", init=False, repr=False)
    X() == X()
except Exception: pass
# case: alias_value
# python: 3.12+
import json
type Leak = json.dumps.__globals__
pwn(Leak.__value__)
# case: alias_with_a_parameter
# python: 3.12+
import json
type Leak[T] = (T, json.dumps.__globals__)
pwn(Leak.__value__[1])
# case: bound_of_a_type_parameter
# python: 3.12+
import json
def f[T: json.dumps.__globals__](x: T): return x
pwn(f.__type_params__[0].__bound__)
# case: constraints_of_a_type_parameter
# python: 3.12+
import json
class Holder[T: (int, json.dumps.__globals__)]: pass
pwn(Holder.__type_params__[0].__constraints__[1])
# case: default_of_a_type_parameter
# python: 3.13+
import json
def f[T = json.dumps.__globals__](x: T): return x
pwn(f.__type_params__[0].__default__)
# case: import_in_an_alias
# python: 3.12+
type Leak = __import__("sys")
pwn(Leak.__value__)
# case: alias_of_a_name
# python: 3.12+
import operator, json
type Leak = operator.attrgetter("__globals__")(json.dumps)
pwn(Leak.__value__)
# case: nested_quotes_in_a_field
# python: 3.12+
import json
found = []
f"{found.append(json.dumps.__globals__["codecs"])!r:{"x"}>3}"
pwn(found[0])
# case: replaced_code
# python: 3.13+
import copy, json
found = copy.replace(json.dumps.__code__, co_consts=(None,))
escaped("code")
# case: frame_variables_by_their_type
# python: 3.13+
import operator
def gen():
    held = 1
    yield held
g = gen()
next(g)
frame = operator.attrgetter("gi_frame")(g)
pwn(type(operator.attrgetter("f_locals")(frame))(frame))
escaped("f_locals")
# case: monitoring
# python: 3.12+
# stdlib: @safe,sys
import sys
found = []
m = sys.monitoring
m.use_tool_id(3, "x")
m.register_callback(3, m.events.PY_START, lambda code, offset: found.append(code))
m.set_events(3, m.events.PY_START)
def f(): pass
f()
escaped(found)
# case: monitoring_calls
# python: 3.12+
# stdlib: @safe,sys
import json, sys
found = []
m = getattr(sys, "moni" + "toring")
m.use_tool_id(4, "x")
m.register_callback(4, m.events.CALL, lambda code, offset, callee, first: found.append(code))
m.set_events(4, m.events.CALL)
json.dumps([1])
escaped(found)
# case: interpreter
# python: 3.13+
# stdlib: @safe,_interpreters
import _interpreters
i = _interpreters.create()
_interpreters.exec(i, "print('TERRARIUM-' + 'ESCAPE')")
escaped("interpreter")
# case: name_of_a_frames_module
# python: 3.12+
# stdlib: @safe,sys
import sys
escaped(sys._getframemodulename(1) or sys._getframemodulename(0))
# case: template_string
# python: 3.14+
import json
pwn(t"{json.dumps.__globals__}".interpolations[0].value)
# case: deferred_annotation
# python: 3.14+
import json
def f(x: json.dumps.__globals__): return x
pwn(f.__annotations__["x"])
# case: annotate_function
# python: 3.14+
import json, operator
def f(x: int): return x
pwn(operator.attrgetter("__annotate__.__globals__")(f))
# case: deferred_annotation_of_a_class
# python: 3.14+
import json
class Holder:
    x: json.dumps.__globals__
pwn(Holder.__annotations__["x"])
# case: forward_reference_to_a_library_module
# python: 3.14+
import json, typing
pwn(typing.evaluate_forward_ref(typing.ForwardRef("codecs"), owner=json.dumps))
# case: forward_reference_by_module
# python: 3.14+
import typing
pwn(typing.evaluate_forward_ref(typing.ForwardRef("_os", module="random")))
# case: forward_reference_to_the_owners_module
# python: 3.14+
import random, typing
pwn(typing.evaluate_forward_ref(typing.ForwardRef("_os"), owner=random.Random))
# case: forward_reference_to_an_owner_module
# python: 3.14+
import random, typing
pwn(typing.evaluate_forward_ref(typing.ForwardRef("_os"), owner=random))
# case: forward_reference_to_a_builtin
# python: 3.14+
import typing
pwn_text(typing.evaluate_forward_ref(typing.ForwardRef("open"), globals={})("{SECRET}").read())
# case: forward_reference_namespace
# python: 3.14+
import json, operator, typing
def f(x: Missing): return x
r = typing.get_type_hints(f, format=3)["x"]
pwn(r.evaluate(globals={}, locals={"Missing": 1}))
pwn(operator.attrgetter("__owner__.__globals__")(r))
pwn(operator.attrgetter("__globals__")(r))
# case: annotate_with_the_librarys_builtins
# python: 3.14+
import typing
def annotate(format):
    if format > 2: raise NotImplementedError
    import sys
    pwn(sys)
    return {"x": int}
class Holder: pass
Holder.__annotate__ = annotate
typing.get_type_hints(Holder, format=4)
typing.NamedTuple("N", [("x", int)])
# case: annotate_of_a_namedtuple
# python: 3.14+
import typing
def annotate(format):
    if format > 2: raise NotImplementedError
    import sys
    pwn(sys)
    return {"x": int}
typing.NamedTupleMeta = type(typing.NamedTuple)
class N(typing.NamedTuple):
    __annotate__ = annotate
# case: annotate_of_a_dataclass
# python: 3.14+
import dataclasses
def annotate(format):
    if format > 2: raise NotImplementedError
    import sys
    pwn(sys)
    raise NameError("x")
class Holder: pass
Holder.__annotate__ = annotate
dataclasses.dataclass(Holder)
