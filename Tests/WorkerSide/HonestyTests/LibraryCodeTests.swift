import TestSupport
import Testing

/// What library code does for itself works as in plain CPython, whether the fork server imports the library or the task.
@Suite struct LibraryCodeTests {
    @Test func aLibraryRunsTextOfItsOwn() async throws {
        try await OwnPackageTests.expect(
            "1 2 20 True\n",
            from: "import own\nprint(own.define(), own.imported(), own.modules(), own.builtins())\n",
            packages: [
                "own": """
                import logging
                def define():
                    names = {}
                    eval(compile("def f(): return 1", "<r>", "exec"), names)
                    return names["f"]()
                def imported():
                    names = {}
                    exec("import logging, os\\ndef f(): return len([logging, os])", names)
                    return names["f"]()
                def modules():
                    names = {"lg": logging}
                    exec("x = lg.INFO", names)
                    return names["x"]
                def builtins():
                    return eval("open") is open and eval("lambda: __builtins__")()["eval"] is eval
                """
            ]
        )
    }

    /// The code that runs is not in the body of the module that a task imports, but called by it.
    @Test func textThatRunsDuringAnImportIsTheLibrarys() async throws {
        try await OwnPackageTests.expect(
            "logging.Logger threading\n",
            from: """
                import own
                print(own.hints["log"].__module__ + "." + own.hints["log"].__name__, own.Table.__init__.module)
                """,
            packages: [
                "own": """
                import typing, dataclasses, logging, threading, helper
                class Job:
                    log: "logging.Logger"
                hints = helper.hints(Job)
                @helper.twice
                class Table:
                    lock: "threading.Lock" = None
                """,
                "helper": """
                import typing, dataclasses
                def hints(kind):
                    return typing.get_type_hints(kind)
                def twice(kind):
                    kind = dataclasses.dataclass(kind)
                    kind.__init__.module = "threading"
                    return kind
                """,
            ]
        )
    }

    /// Text of a caller may read its own variables, and not those of a library function that calls `locals` back.
    @Test func evaluatedTextHasItsOwnLocals() async throws {
        try await OwnPackageTests.expect(
            "['a', 'b'] refused 3\n",
            from: """
                import mako
                names = mako.run("def f(a):\\n    b = 1\\n    return sorted(locals())\\ng = locals")
                try:
                    found = mako.call(names["g"])
                except RuntimeError:
                    found = "refused"
                print(names["f"](1), found, mako.module())
                """,
            packages: [
                "mako": """
                def run(text):
                    names = {"os": __import__("os")}
                    exec(text, names)
                    return names
                def module():
                    names = {"os": __import__("os")}
                    exec("number = 3\\ndef f():\\n    return number", names, names)
                    return names["f"]()
                def call(function):
                    secret = run
                    return function()
                """
            ],
            preload: "mako"
        )
    }

    @Test func aLibraryRebuildsCode() async throws {
        try await OwnPackageTests.expect(
            "a.html template ZeroDivisionError 7\n",
            from: "import own\nprint(*own.location(), own.error(), own.copied()())\n",
            packages: [
                "own": """
                import types
                def location():
                    code = compile("1 / 0", "a.html", "exec").replace(co_name="template")
                    try:
                        exec(code, {})
                    except ZeroDivisionError as error:
                        code = error.__traceback__.tb_next.tb_frame.f_code
                    return code.co_filename, code.co_name
                def error():
                    try:
                        location.__code__.replace(co_name="x")
                        exec(compile("1 / 0", __file__, "exec"), {})
                    except ZeroDivisionError as error:
                        return type(error).__name__
                def copied():
                    def f(): return 7
                    return types.FunctionType(f.__code__, globals())
                """
            ]
        )
    }

    @Test func harmlessOperationsOfALibraryAreNotRefused() async throws {
        try await OwnPackageTests.expect(
            "True Module 4096 missing refused refused\n",
            from: """
                import own
                print(own.host(), own.tree(), own.memory(), own.missing("/no/such/file"), own.missing("/etc/passwd"),
                    own.missing("/no/such/file", "w"))
                """,
            packages: [
                "own": """
                import ast, mmap, socket
                def host():
                    return bool(socket.gethostname())
                def tree():
                    with open(__file__) as file:
                        return type(compile(file.read(), __file__, "exec", ast.PyCF_ONLY_AST)).__name__
                def memory():
                    return len(mmap.mmap(-1, 4096))
                def missing(path, mode="r"):
                    try:
                        open(path, mode)
                    except FileNotFoundError:
                        return "missing"
                    except PermissionError as error:
                        return "refused"
                """
            ]
        )
    }

    /// `os.path.join(folder, "..", "data")` is how packages find their files. A path that leaves the library folders is refused.
    @Test func aPackageOpensItsFilesByPathsWithParents() async throws {
        try await OwnPackageTests.expect(
            "True refused\n",
            from: "import own.read\nprint(own.read.ours(), own.read.other())\n",
            packages: [
                "own/__init__": "",
                "own/read": """
                import os
                folder = os.path.dirname(__file__)
                def read(*parts):
                    try:
                        with open(os.path.join(folder, *parts)) as file:
                            return "ours" in file.read()
                    except PermissionError:
                        return "refused"
                def ours():
                    return read("..", "own", ".", "read.py")
                def other():
                    return read(*[".."] * 20, "etc", "passwd")
                """,
            ]
        )
    }

    /// jinja2 imports asyncio when it first renders asynchronously, in a task that has not listed it.
    @Test func aLibraryRunsCoroutinesOfItsOwn() async throws {
        try await OwnPackageTests.expect(
            "[1, 4] TaskEventLoop\n",
            from: "import own\nprint(own.squares([1, 2]), own.loop())\n",
            packages: [
                "own": """
                def squares(numbers):
                    import asyncio
                    async def square(n):
                        await asyncio.sleep(0.001)
                        return n * n
                    async def all():
                        return await asyncio.gather(*[square(n) for n in numbers])
                    return asyncio.run(all())
                def loop():
                    from asyncio import events
                    loop = events.new_event_loop()
                    loop.close()
                    return type(loop).__name__
                """
            ]
        )
    }

    /// Annotations of a library's classes are resolved in its module, at any time, by the modules that it imported.
    @Test func hintsOfALibrarysClassesAreResolvedWhenATaskAsks() async throws {
        try await OwnPackageTests.expect(
            "{'a': typing.List[int], 'b': <class 'datetime.date'>}\n{'own': <class 'own.inner.Own'>}\n",
            from: "import own\nprint(own.hints())\nprint(own.inner_hints())\n",
            packages: [
                "own/inner": """
                from __future__ import annotations
                class Own:
                    own: Own
                """,
                "own/__init__": """
                from __future__ import annotations
                import datetime, typing
                class Table:
                    a: typing.List[int]
                    b: datetime.date
                def hints():
                    return typing.get_type_hints(Table)
                def inner_hints():
                    import own.inner
                    return typing.get_type_hints(own.inner.Own)
                """,
            ]
        )
    }

    /// attrs generates methods that ask its own module whether validators are switched off.
    @Test func generatedTextSeesVariablesOfItsPackageAsTheyAre() async throws {
        try await OwnPackageTests.expect(
            "1 2 no such 6 False\n",
            from: """
                import attr._make as own
                first = own.asked()
                own.change()
                print(first, own.asked(), own.missing(), *own.built_in())
                """,
            packages: [
                "attr/__init__": "",
                "attr/state": "import os\nvalue = 1\ndef change():\n    global value\n    value = 2\n",
                "attr/_make": """
                import builtins
                from . import state
                def built_in():
                    text = "(builtins.sum([1, 2, 3]), hasattr(builtins, 'eval'))"
                    return eval(text, {"builtins": builtins})
                names = {"state": state}
                def asked():
                    if "ask" not in names:
                        exec("def ask(): return state.value\\ndef missing(): return state.os", names)
                    return names["ask"]()
                def change():
                    state.change()
                def missing():
                    try:
                        return names["missing"]()
                    except AttributeError:
                        return "no such"
                """,
            ],
            preload: "attr._make"
        )
    }

    /// The older protocols of pickle name modules as Python 2 did, and write every object and all bytes by functions.
    @Test func aLibraryCopiesByAnyProtocol() async throws {
        try await OwnPackageTests.expect(
            "[True, True, True, True, True, True]\nrefused\n",
            from: """
                import own, datetime, operator
                print(own.copies([operator.add, datetime.date(2024, 1, 2), b"ab", [1], {"a": (2,)}, range(3), abs, own.Kind()]))
                try:
                    own.load(b"cbuiltins\\ngetattr\\n.")
                except PermissionError:
                    print("refused")
                """,
            packages: [
                "own": """
                import pickle
                class Kind:
                    def __eq__(self, other):
                        return type(other) is Kind
                def copies(values):
                    return [pickle.loads(pickle.dumps(values, protocol)) == values for protocol in range(6)]
                def load(data):
                    return pickle.loads(data)
                """
            ]
        )
    }

    /// The data files of a package may be pickled; what they name is the package's own. Bytes of a task are not.
    @Test func aPackageUnpicklesItsOwnClasses() async throws {
        try await Self.expectUnpickling("own", "Kind 1\nrefused\n")
        // The control: packages that unpickle what they are given are in a table.
        try await Self.expectUnpickling("dill", "refused\nrefused\n")
    }

    private static func expectUnpickling(_ package: String, _ log: String) async throws {
        try await OwnPackageTests.expect(
            log,
            from: """
                import \(package) as own
                for data in (own.DATA, own.DATA.replace(b"\(package).data", b"logging")):
                    try:
                        value = own.read(data)
                        print(type(value).__name__, value.number)
                    except PermissionError:
                        print("refused")
                """,
            packages: [
                "\(package)/__init__": """
                import pickle
                DATA = b"c\(package).data\\nKind\\n(tR(dVnumber\\nI1\\nsb."
                def read(data):
                    return pickle.loads(data)
                """,
                "\(package)/data": "class Kind:\n    pass\n",
            ],
            preload: package
        )
    }
}
