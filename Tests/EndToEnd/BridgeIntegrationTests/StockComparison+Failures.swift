/// Scripts that fail, or that one of the runners refuses.
extension StockComparison {
    static let failures: [StockComparison] = [
        .raises("1 / 0", "division by zero", ours: "ZeroDivisionError: division by zero [line 1]"),
        .raises("x = {}\n\nx['name']", "'name'", ours: "KeyError: 'name' [line 3]"),
        .raises("[][1]", "list index out of range", ours: "IndexError: list index out of range [line 1]"),
        .raises(
            "raise ValueError('Intentional error')",
            "Intentional error",
            ours: "ValueError: Intentional error [line 1]"
        ),
        .raises("raise ValueError()", "", ours: "ValueError [line 1]"),
        .raises(
            "int('x')",
            "invalid literal for int() with base 10: 'x'",
            ours: "ValueError: invalid literal for int()"
        ),
        .raises("None.x", "'NoneType' object has no attribute 'x'", ours: "AttributeError: 'NoneType' object has no"),
        .raises(
            "1 + 'a'",
            "unsupported operand type(s) for +: 'int' and 'str'",
            ours: "TypeError: unsupported operand"
        ),
        .raises("assert 1 == 2, 'no'", "no", ours: "AssertionError: no [line 1]"),
        .raises("missing", "name 'missing' is not defined", ours: "NameError: name 'missing' is not defined [line 1]"),
        .raises(
            "len()",
            "len() takes exactly one argument (0 given)",
            ours: "TypeError: len() takes exactly one argument"
        ),
        .raises(
            "def f(n):\n    return f(n)\nf(1)",
            "maximum recursion depth exceeded",
            ours: "RecursionError: maximum recursion"
        ),
        .raises(
            "return {'n': 1 // (_item['json']['n'] - 2)}",
            "integer division or modulo by zero",
            ours: "ZeroDivisionError: integer division or modulo by zero [line 1, for item 1]",
            each: true
        ),
        .raises(
            "import json\njson.loads('{')",
            "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
            ours: "json.decoder.JSONDecodeError: Expecting property name"
        ),
        .raises("_item", "name '_item' is not defined", ours: "NameError: name '_item' is not defined"),
        .raises(
            "return _items",
            "name '_items' is not defined",
            ours: "NameError: name '_items' is not defined [line 1, for item 0]",
            each: true
        ),
        .better(
            "raise SystemExit(3)",
            stock: "error: Process exited with code 3",
            ours: "error: SystemExit: the code ended itself with exit(3) [line 1]",
            "type and line are shown"
        ),
        .better(
            "return )",
            stock: "error: unmatched ')' (<all_items_task_execution>, line 2)",
            ours: "error: SyntaxError: unmatched ')' [line 1]",
            "the line is the author's"
        ),
        .better(
            "x = = 1",
            stock: "error: invalid syntax (<unknown>, line 1)",
            ours: "error: SyntaxError: invalid syntax [line 1]",
            "the type is shown"
        ),
        .better(
            "yield 1",
            stock: #"the text of a generator object"#,
            ours: "error: SyntaxError: 'yield' outside function [line 1]",
            "nothing would run"
        ),

        // With continue on fail: one item for the task.
        .different(
            "raise ValueError('x')",
            stock: #"[{"json":{"error":"x"}}]"#,
            ours: #"[{"json":{"error":"ValueError: x"}}]"#,
            "the type is shown",
            continueOnFail: true
        ),
        .different(
            "return 1 // 0",
            stock: #"[{"json":{"error":"integer division or modulo by zero"}}]"#,
            ours: #"[{"json":{"error":"ZeroDivisionError: integer division or modulo by zero"}}]"#,
            "the type is shown",
            each: true,
            continueOnFail: true
        ),
        .same("return [1]", "[1]", continueOnFail: true),

        // Refused by both.
        .refused("import os", ours: "import of 'os' is not allowed: N8N_RUNNERS_STDLIB_ALLOW allows json"),
        .refused("import os.path", ours: "import of 'os.path' is not allowed"),
        .refused("from os import path", ours: "import of 'os' is not allowed"),
        .refused("import requests", ours: "import of 'requests' is not allowed: N8N_RUNNERS_EXTERNAL_ALLOW is empty"),
        .refused("import subprocess, socket", ours: "import of 'subprocess' is not allowed"),
        .refused("from . import x", ours: "relative imports are not possible"),
        .refused("print.__self__", ours: "the attribute '__self__' is not available to tasks"),
        .refused("(lambda: 0).__globals__", ours: "the attribute '__globals__' is not available to tasks"),
        .refused("(lambda: 0).__code__", ours: "the attribute '__code__' is not available to tasks"),
        .refused("().__class__.__base__.__subclasses__()", ours: "the attribute '__subclasses__' is not available"),
        .refused("__builtins__", ours: "the name '__builtins__' is not available to tasks"),
        .refused("f = print\nf._Printer__setup", ours: "'_Printer__setup' is the private name of a class"),
        .raises("eval('1')", "name 'eval' is not defined", ours: "the built-in 'eval' is denied [line 1]"),
        .raises("exec('1')", "name 'exec' is not defined", ours: "the built-in 'exec' is denied [line 1]"),
        .raises("open('x')", "name 'open' is not defined", ours: "the built-in 'open' is denied [line 1]"),
        .raises("compile('1', '', 'eval')", "name 'compile' is not defined", ours: "the built-in 'compile' is denied"),
        .raises("globals()", "name 'globals' is not defined", ours: "the built-in 'globals' is denied [line 1]"),
        .raises("locals()", "name 'locals' is not defined", ours: "the built-in 'locals' is denied [line 1]"),
        .raises("vars()", "name 'vars' is not defined", ours: "the built-in 'vars' is denied [line 1]"),
        .raises("input()", "name 'input' is not defined", ours: "the built-in 'input' is denied [line 1]"),
        .raises("breakpoint()", "name 'breakpoint' is not defined", ours: "the built-in 'breakpoint' is denied"),
        .raises("memoryview(b'')", "name 'memoryview' is not defined", ours: "the built-in 'memoryview' is denied"),

        // Refused by n8n's runner alone.
        .better(
            "class A:\n    x = 1\nreturn A.x",
            stock: "error: __build_class__ not found",
            ours: "1",
            "classes work"
        ),
        .better(
            "return getattr(1, 'real')",
            stock: "error: name 'getattr' is not defined",
            ours: "1",
            "getattr is guarded"
        ),
        .better(
            "return hasattr('', 'upper')",
            stock: "error: name 'hasattr' is not defined",
            ours: "true",
            "hasattr is guarded"
        ),
        .better(
            "return str(type(1))",
            stock: "error: name 'type' is not defined",
            ours: #""<class 'int'>""#,
            "type is guarded"
        ),
        .better(
            "return isinstance(object(), object)",
            stock: "error: name 'object' is not defined",
            ours: "true",
            "object is there"
        ),
        .better("return 'real' in dir(1)", stock: "error: name 'dir' is not defined", ours: "true", "dir is guarded"),
        .better(
            "import dataclasses\n@dataclasses.dataclass\nclass P:\n    x: int = 1\nreturn P()",
            stock: "error: __build_class__ not found",
            ours: #"{"x":1}"#,
            "classes work"
        ),
        .better(
            "import enum\nclass E(enum.Enum):\n    A = 1\nreturn E.A",
            stock: "error: __build_class__ not found",
            ours: #""E.A""#,
            "classes work"
        ),
        .allowed("return '__globals__'", #""__globals__""#, "a string is a string"),
        .allowed("return {'__class__': 1}", #"{"__class__":1}"#, "a key is a string"),
        .allowed("return (1).__class__.__name__", #""int""#, "everyday attributes"),
        .allowed("def f(): pass\nreturn f.__qualname__", #""f""#, "everyday attributes"),
        .allowed("try: 1 / 0\nexcept Exception as e: return e.__traceback__ is None", "false", "everyday attributes"),
        .allowed("f = '{}'.format\nreturn f(1)", #""1""#, "format is checked when it runs"),
        .allowed("match 1:\n    case int(x): return x", "1", "patterns of built-in types"),
        .allowed("return __name__", #""__main__""#, "everyday names"),
    ]
}
