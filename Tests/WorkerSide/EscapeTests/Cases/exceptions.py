# case: attribute_error_obj
import json
try:
    json.nothing
except AttributeError as e:
    pwn(e.obj)
# case: attribute_error_obj_of_module_getattr
import json
try:
    getattr(json, "nothing")
except AttributeError as e:
    pwn(e.obj)
# case: attribute_error_obj_by_match
import json
try:
    json.nothing
except AttributeError as e:
    match e:
        case AttributeError(obj=o): pwn(o)
# case: attribute_error_obj_by_attrgetter
import json, operator
try:
    json.nothing
except AttributeError as e:
    pwn(operator.attrgetter("obj")(e))
# case: attribute_error_obj_raw_descriptor
import json
try:
    json.nothing
except AttributeError as e:
    pwn(AttributeError.__dict__["obj"].__get__(e))
# case: attribute_error_from_library
import xml.dom.domreg
try:
    xml.dom.domreg.well_known_implementations["x"] = "sys"
    xml.dom.domreg.getDOMImplementation("x")
except AttributeError as e:
    pwn(getattr(e, "obj", None))
except Exception:
    pass
# case: name_error_traceback
try:
    undefined_name
except NameError as e:
    pwn(e.__traceback__.tb_frame.f_builtins)
# case: exception_context_traceback
import json
try:
    try: json.loads("x")
    except ValueError: raise KeyError
except KeyError as e:
    pwn(e.__context__.__traceback__.tb_next.tb_frame)
# case: stop_iteration_value_frame
def g():
    return (i for i in [1])
    yield
try: next(g())
except StopIteration as e: pwn(e.value.gi_frame)
# case: except_star_lying_split
class Lying(ExceptionGroup):
    def split(self, condition):
        return (getattr(self, "__globals__", None), None)
    def derive(self, e): return Lying("x", e)
try:
    try: raise Lying("x", [ValueError()])
    except* ValueError as e: pwn(e)
except BaseException:
    pass
# control: none, it crashed older interpreters and leads nowhere
# case: hostile_str_of_exception
class E(Exception):
    def __str__(self): return getattr(pwn, "__globals__")["_terrarium_sentinel"]()
raise E()
# control: none, a task's own globals have no sentinel
# case: exception_args_of_import_error
try:
    import json.nothing
except ImportError as e:
    pwn(e.name); pwn(e.path); pwn(getattr(e, "obj", None))
    pwn(e.__traceback__.tb_frame.f_globals)
# case: key_error_from_enum_modules
import enum
try:
    enum.IntEnum._convert_("X", "sys", filter=lambda n: False)
except KeyError as e:
    pwn(e.__traceback__.tb_next.tb_frame.f_globals)
except Exception:
    pass
# control: none, an empty enumeration is made without complaint
# case: unraisable_in_del
class D:
    def __del__(self):
        raise ValueError(pwn.__globals__)
d = D()
del d
pwn(pwn.__globals__)
