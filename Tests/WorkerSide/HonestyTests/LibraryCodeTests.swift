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
            "['a', 'b'] refused\n",
            from: """
                import mako
                names = mako.run("def f(a):\\n    b = 1\\n    return sorted(locals())\\ng = locals")
                try:
                    found = mako.call(names["g"])
                except RuntimeError:
                    found = "refused"
                print(names["f"](1), found)
                """,
            packages: [
                "mako": """
                def run(text):
                    names = {"os": __import__("os")}
                    exec(text, names)
                    return names
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

/// Annotations of a task see the names of its body, as they see those of a module.
@Suite struct AnnotationTests {
    @Test func hintsOfClassesAndFunctionsOfTheBodyAreResolved() async throws {
        let code = """
            import typing, dataclasses
            class A:
                x: "B"
                y: "list[B]"
            @dataclasses.dataclass
            class B:
                a: "typing.Optional[A]" = None
            def f(a: "A", b: "int" = 1) -> "B":
                def g(c: "B"): pass
                return typing.get_type_hints(g)
            print(typing.get_type_hints(A), typing.get_type_hints(f), typing.get_type_hints(B), f(None))
            try:
                typing.get_type_hints(type("C", (), {"__annotations__": {"x": "Missing"}}))
            except NameError as error:
                print(error)
            """
        let outcome = try #require(
            try await PolicyRunner().run([PolicyCase(name: "hints", settings: [:], code: code + "\n")])["hints"]
        )
        #expect(outcome.outcome == "succeeded", "\(outcome.message)")
        #expect(
            outcome.log == """
                {'x': <class '__main__.B'>, 'y': list[__main__.B]} {'a': <class '__main__.A'>, 'b': <class 'int'>, \
                'return': <class '__main__.B'>} {'a': typing.Optional[__main__.A]} {'c': <class '__main__.B'>}
                name 'Missing' is not defined

                """
        )
    }
}

/// `from m import *` in a task's body, which is compiled as a function.
@Suite struct StarImportTests {
    private static func run(_ code: String) async throws -> PolicyCaseOutcome {
        try #require(try await PolicyRunner().run([PolicyCase(name: "star", settings: [:], code: code)])["star"])
    }

    @Test func theNamesOfAModuleAreThoseOfTheBody() async throws {
        let outcome = try await Self.run(
            """
            from math import *
            if True:
                try:
                    from collections import *
                    from json.decoder import *
                except ImportError:
                    pass
            def f(x: "Counter"):
                return sqrt(x)
            class A:
                value = pi
            e = 1
            print(f(4), Counter("aab")["a"], round(A.value, 2), [floor(x) for x in (1.5,)], JSONDecoder.__name__, e)
            """
        )
        #expect(outcome.outcome == "succeeded", "\(outcome.message)")
        #expect(outcome.log == "2.0 2 3.14 [1] JSONDecoder 1\n")
    }

    @Test func aPackageBringsTheSubmodulesThatItNames() async throws {
        try await OwnPackageTests.expect(
            "1 2\nname 'hidden' is not defined\n",
            from: """
                from own import *
                print(value, part.VALUE)
                try:
                    hidden
                except NameError as error:
                    print(error)
                """,
            packages: [
                "own/__init__": "import os as hidden\n__all__ = ['value', 'part', 'hidden']\nvalue = 1\n",
                "own/part": "VALUE = 2\n",
            ]
        )
    }

    @Test func whatIsNotAllowedIsRefusedWhereItStands() async throws {
        let outcome = try await Self.run("x = 1\nif x:\n    from os import *\n")
        #expect(outcome.outcome == "policy_violation")
        #expect(outcome.message.contains("3:5 import"), "\(outcome.message)")
        // In a function it is a syntax error, as in a module.
        let inner = try await Self.run("def f():\n    from math import *\n")
        #expect(inner.outcome == "syntax_error")
        #expect(inner.message.contains("import * only allowed at module level"))
    }
}
