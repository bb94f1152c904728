# What every case begins with. It uses nothing that the policy refuses: a case gets hold of something, and this part
# shows that it leads out.

import operator

def escaped(what):
    # Read by the driver. Cases have no other reason to print it.
    print("TERRARIUM-" + "ESCAPE", what)

def pwn(x):
    """Tries to reach the sentinel, which every real module of the standard library has, from whatever was found."""
    if x is None:
        return
    # A frame or a code object by itself leads nowhere; what matters is whether it answers.
    kind = str(type(x))
    if "'frame'" in kind:
        for name in ("f_globals", "f_builtins", "f_locals", "f_back", "f_code"):
            try:
                operator.attrgetter(name)(x)
                escaped(name)
            except AttributeError:
                pass
    if "'code'" in kind:
        try:
            operator.methodcaller("replace")(x)
            escaped("code.replace")
        except PermissionError:
            pass
    try:
        x._terrarium_sentinel()
    except Exception:
        pass
    try:
        x["_terrarium_sentinel"]()
    except Exception:
        pass
    for name in ("sys", "os", "builtins", "_sys", "_os", "bltns"):
        try:
            x[name]._terrarium_sentinel()
        except Exception:
            pass
    try:
        x["__import__"]("sys")._terrarium_sentinel()
    except Exception:
        pass
    try:
        x["__builtins__"]["__import__"]("sys")._terrarium_sentinel()
    except Exception:
        pass
    try:
        x.modules["sys"]._terrarium_sentinel()
    except Exception:
        pass

def pwn_all(values):
    for value in values:
        pwn(value)

def pwn_class_dict(found, cls):
    """The real dictionary of a class, not a copy: what is written into it shows up in the class."""
    try:
        found["terrarium_mark"] = 1
    except Exception:
        return
    if "terrarium_mark" in dir(cls):
        escaped("class dict")

def pwn_text(text):
    if "TERRARIUM-" + "SECRET" in str(text):
        escaped("secret")
