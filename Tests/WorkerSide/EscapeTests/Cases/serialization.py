# case: pickle_global
import pickle
pwn(pickle.loads(b"cposix\nsystem\n."))
pwn(pickle.loads(b"\x80\x04\x8c\x03sys\x8c\x07modules\x93.")["sys"])
# case: underscore_pickle
import _pickle
pwn(_pickle.loads(b"\x80\x04\x8c\x03sys\x8c\x07modules\x93.")["sys"])
# case: marshal_code
import marshal
pwn(marshal.loads(marshal.dumps(pwn.__code__)))
# case: shelve
# control: none, it leads nowhere by itself
import shelve
pwn(shelve.os if hasattr(shelve, "os") else shelve)
# case: copyreg_reconstruct
import copyreg
pwn(copyreg._reconstructor.__globals__)
# case: copy_of_function
import copy, json
pwn(copy.copy(json.dumps).__globals__)
# case: copy_of_code
import copy
pwn(copy.copy(pwn.__code__))
# case: copy_reduce_hook
import copy
class A:
    def __reduce__(self): return (__import__, ("sys",))
pwn(copy.copy(A()))
# case: copy_reduce_getattr
import copy, json
class A:
    def __reduce__(self): return (getattr, (json.dumps, "__globals__"))
pwn(copy.copy(A()))
# case: copy_reduce_attrgetter
import copy, json, operator
class A:
    def __reduce__(self): return (operator.attrgetter("__globals__"), (json.dumps,))
pwn(copy.copy(A()))
# case: copy_reduce_eval
import copy
class A:
    def __reduce__(self): return (eval, ("__import__('sys')",))
pwn(copy.copy(A()))
# case: copy_setstate
import copy, json
class A:
    def __reduce__(self): return (dict, (), None, None, iter([("g", getattr(json.dumps, "__globals__"))]))
pwn(copy.copy(A())["g"])
# case: getattr_that_an_enum_returns_for_its_name
# python: 3.12+
import enum, json
class E(enum.Enum): A = 1
found = enum.pickle_by_enum_name(E.A, 2)[0]
pwn(found(json.dumps, "__globals__"))
# case: deepcopy_dispatch
import copy, json
copy._deepcopy_dispatch[type(json.dumps)] = lambda f, memo: pwn(f.__globals__)
copy.deepcopy(json.dumps)
method = json.JSONEncoder().encode
copy._deepcopy_dispatch[type(method)] = lambda f, memo: pwn(f.__globals__)
copy.deepcopy(method)
# case: reduce_builtin_getattr_real
import json
real = [].append.__reduce__()[0]
pwn(real(json.dumps, "__globals__"))
# case: reduce_by_methodcaller_real
import json, operator
real = operator.methodcaller("__reduce__")([].append)[0]
pwn(real(json.dumps, "__globals__"))
# case: reduce_of_method
import json, operator
real = operator.methodcaller("__reduce__")(json.JSONEncoder().encode)[0]
pwn(real(json.dumps, "__globals__"))
# case: json_object_hook
import json
pwn(json.loads('{"a": 1}', object_hook=lambda d: json.dumps.__globals__))
# case: json_default_self
import json
class E(json.JSONEncoder):
    def default(self, o): pwn(self.encode.__func__.__globals__); return 1
json.dumps(pwn, cls=E)
# case: code_replace_names
c = pwn.__code__
pwn(c.replace(co_names=("sys",)))
# case: code_type_from_types
import types
pwn(types.CodeType)
pwn(pwn.__code__)
# case: code_new_from_library_frame
import functools, types
d = functools.singledispatch(lambda *a: None)
C = types.CodeType
d.register(int, C)
pwn(d(0, 0, 0, 0, 0, 0, b"", (), (), (), "f", "n", "q", 1, b"", b""))
# case: code_of_forward_ref
import typing
pwn(typing.ForwardRef("a.b").__forward_code__.replace(co_consts=()))
# case: getattr_that_an_enum_is_rebuilt_by
# control: 3.11-, later it is rebuilt by its class
import enum, json, operator
class E(enum.Enum): A = 1
found = operator.methodcaller("__reduce_ex__", 2)(E.A)[0]
pwn(found(json.dumps, "__globals__"))
# case: getattr_that_a_flag_is_rebuilt_by
# control: 3.11-, later it is rebuilt by its class
import enum, json, operator
class E(enum.Flag): A = 1
found = operator.methodcaller("__reduce_ex__", 2)(E.A)[0]
pwn(found(json.dumps, "__globals__"))
