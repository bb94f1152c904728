# case: keyword_pattern
import json
match json.dumps:
    case object(__globals__=g): pwn(g)
# case: keyword_pattern_code
match pwn:
    case object(__code__=c): pwn(c)
# case: nested_keyword_pattern
import json
match json.dumps:
    case object(__globals__={"_terrarium_sentinel": s}): s()
# case: match_args_computed
import abc, json
class Meta(abc.ABCMeta):
    def __instancecheck__(cls, x): return True
class M(metaclass=Meta):
    __match_args__ = ("__globals__",)
match json.dumps:
    case M(g): pwn(g)
# case: match_args_assembled
import json
class Meta(type):
    def __instancecheck__(cls, x): return True
class M(metaclass=Meta):
    __match_args__ = ("__glo" + "bals__",)
match json.dumps:
    case M(g): pwn(g)
# case: match_args_registered_abc
import abc, json
class M(abc.ABC):
    __match_args__ = ("__code__",)
M.register(type(json.dumps))
match json.dumps:
    case M(c): pwn(c)
# case: match_args_property
import json
class Meta(type):
    def __instancecheck__(cls, x): return True
    @property
    def __match_args__(cls): return ("__globals__",)
class M(metaclass=Meta): pass
match json.dumps:
    case M(g): pwn(g)
# case: match_args_getattr
import json
class Meta(type):
    def __instancecheck__(cls, x): return True
    def __getattr__(cls, n): return ("__globals__",)
class M(metaclass=Meta): pass
match json.dumps:
    case M(g): pwn(g)
# case: match_builtin_self
class Meta(type):
    def __instancecheck__(cls, x): return True
class M(metaclass=Meta):
    __match_args__ = ("__self__",)
match len:
    case M(m): pwn(m)
# case: match_traceback
class Meta(type):
    def __instancecheck__(cls, x): return True
class M(metaclass=Meta):
    __match_args__ = ("tb_frame",)
try: 1 / 0
except ZeroDivisionError as e:
    match e.__traceback__:
        case M(f): pwn(f)
# case: match_generator
class Meta(type):
    def __instancecheck__(cls, x): return True
class M(metaclass=Meta):
    __match_args__ = ("gi_frame",)
match (i for i in [1]):
    case M(f): pwn(f)
# case: match_error_obj
import json
class Meta(type):
    def __instancecheck__(cls, x): return True
class M(metaclass=Meta):
    __match_args__ = ("obj",)
try: json.nothing
except AttributeError as e:
    match e:
        case M(o): pwn(o)
# case: match_mapping_class_dict
match type(pwn).__dict__:
    case {"__globals__": d}: pwn(d.__get__(pwn))
# case: match_subclass_chain
import json
class Meta(type):
    def __instancecheck__(cls, x): return True
class G(metaclass=Meta): __match_args__ = ("dumps",)
class H(metaclass=Meta): __match_args__ = ("__globals__",)
match json:
    case G(H(g)): pwn(g)
