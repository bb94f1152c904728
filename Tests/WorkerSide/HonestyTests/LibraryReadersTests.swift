import TestSupport
import Testing

/// What packages of an operator's own read of functions, frames and classes. They get what plain CPython gives; a task that
/// asks for the same does not.
@Suite struct LibraryReadersTests {
    private static func run(_ code: String, _ packages: [String: String]) async throws -> PolicyCaseOutcome {
        let folder = try ScratchFolder()
        for (name, text) in packages { _ = try folder.file("\(name).py", text) }
        var runner = PolicyRunner()
        runner.external = "*"
        runner.sitePackages = folder.path
        return try #require(try await runner.run([PolicyCase(name: "run", settings: [:], code: code)])["run"])
    }

    /// A library asks about a function of the task by `hasattr` and `getattr`, and about its frame and traceback by
    /// names that it computes. The namespaces and the caller of a frame, which lead on, it has to name.
    @Test func aLibraryMayAskAboutATasksOwnFunctions() async throws {
        let outcome = try await Self.run(
            """
            import asks
            def outer():
                x = 1
                def f(a=1, *, b=2):
                    return x
                return f
            print(asks.ask(outer()))
            print(asks.compute(outer()))
            try:
                1 / 0
            except ZeroDivisionError as error:
                print(asks.trace(error))
            print(getattr(outer(), "__code__", None), hasattr(outer(), "__closure__"))
            """,
            [
                "asks": """
                def ask(f):
                    return hasattr(f, "__closure__"), getattr(f, "__code__", None) is not None, f.__closure__ is not None
                def compute(f):
                    return [getattr(f, "__" + name + "__", None) is not None for name in
                        ("globals", "code", "builtins", "defaults", "kwdefaults")]
                def trace(error):
                    step = getattr(error.__traceback__, "tb_" + "frame")
                    return [type(getattr(step, "f_" + name)).__name__ for name in ("code", "lineno")]
                """
            ]
        )
        #expect(outcome.outcome == "succeeded", "\(outcome.message)")
        #expect(
            outcome.log == """
                (True, True, True)
                [False, True, False, True, True]
                ['code', 'int']
                None False

                """
        )
    }

    /// tenacity copies the defaults of what it wraps to the wrapper, which is a function of the library.
    @Test func aLibraryMaySetTheDefaultsOfItsWrappers() async throws {
        let outcome = try await Self.run(
            """
            import wraps
            @wraps.retry
            def f(a=1, *, b=2):
                return a + b
            print(f(), f.__name__)
            try:
                print(f.__defaults__)
            except AttributeError as error:
                print(error)
            """,
            [
                "wraps": """
                import functools
                def retry(f):
                    @functools.wraps(f, functools.WRAPPER_ASSIGNMENTS + ("__defaults__", "__kwdefaults__"))
                    def wrapper(*args, **kw):
                        return f(*args, **kw)
                    assert wrapper.__defaults__ == (1,) and wrapper.__kwdefaults__ == {"b": 2}
                    return wrapper
                """
            ]
        )
        #expect(outcome.outcome == "succeeded", "\(outcome.message)")
        #expect(outcome.log == "3 f\nthe attribute '__defaults__' is not available to tasks\n")
    }

    /// typing_extensions replaces functions of `typing` by ones that look at frames, for every package of a fork server.
    @Test func aLibraryMayReplaceAFunctionOfTyping() async throws {
        let outcome = try await Self.run(
            """
            import extensions, typing
            print(typing.Dict[str, typing.List[bytes]], typing.NewType("N", int).__module__)
            """,
            [
                "extensions": """
                import sys, typing
                original = typing._collect_parameters
                def collect(args):
                    name = sys._getframe(2).f_globals.get("__name__", "")
                    assert isinstance(name, str)
                    return original(args)
                typing._collect_parameters = collect
                """
            ]
        )
        #expect(outcome.outcome == "succeeded", "\(outcome.message)")
        #expect(outcome.log == "typing.Dict[str, typing.List[bytes]] __main__\n")
    }

    /// What goes wrong inside a module's own `__getattr__` is shown as the cause.
    @Test func anErrorInsideAModulesGetattrKeepsItsCause() async throws {
        let packages = ["lazy": "def __getattr__(name):\n    return len.no_such_thing\n"]
        for code in ["from lazy import Model", "import lazy\nlazy.Model"] {
            let outcome = try await Self.run(code, packages)
            #expect(outcome.outcome == "python_error")
            #expect(outcome.message.contains("has no attribute 'no_such_thing'"), "\(outcome.message)")
        }
        let asked = try await Self.run("import lazy\nprint(hasattr(lazy, 'Model'), getattr(lazy, 'x', 3))", packages)
        #expect(asked.log == "False 3\n", "\(asked.message)")
    }

    /// A library's property of the attribute's own name answers for its caller.
    @Test func aPropertyOfTheSameNameServesLibrariesAlone() async throws {
        let outcome = try await Self.run(
            """
            import proxy
            print(proxy.read(proxy.Proxy((i for i in [1]))))
            match proxy.Proxy((i for i in [1])):
                case proxy.Proxy(gi_frame=frame):
                    print("read", frame)
                case _:
                    print("not read")
            """,
            [
                "proxy": """
                class Proxy:
                    def __init__(self, generator):
                        self.generator = generator
                    @property
                    def gi_frame(self):
                        return self.generator.gi_frame
                def read(proxy):
                    return type(proxy.gi_frame).__name__
                """
            ]
        )
        #expect(outcome.outcome == "policy_violation")
        let past = try await Self.run(
            """
            import operator, proxy
            print(proxy.read(proxy.Proxy((i for i in [1]))))
            try:
                print(operator.attrgetter("gi_frame")(proxy.Proxy((i for i in [1]))))
            except AttributeError as error:
                print(error)
            """,
            [
                "proxy": """
                class Proxy:
                    def __init__(self, generator):
                        self.generator = generator
                    @property
                    def gi_frame(self):
                        return self.generator.gi_frame
                def read(proxy):
                    return type(proxy.gi_frame).__name__
                """
            ]
        )
        #expect(past.outcome == "succeeded", "\(past.message)")
        #expect(past.log == "frame\nthe attribute 'gi_frame' is not available to tasks\n")
    }

    /// A name that is guarded in one type is an ordinary one in a class of the task's own.
    @Test func ordinaryAttributesOfGuardedNamesWorkByEveryWay() async throws {
        let outcome = try await Self.run(
            """
            import collections.abc, copy, library, numbers, operator
            class A:
                def __init__(self, obj):
                    self.obj = obj
                def __getattribute__(self, name):
                    return object.__getattribute__(self, name)
            values = [A(3), A(1), A(2)]
            print([v.obj for v in sorted(values, key=operator.attrgetter("obj"))])
            print(getattr(values[0], "obj"), library.read(values[0], "obj"), "{0.obj}".format(values[1]))
            object.__setattr__(values[0], "obj", 4)
            setattr(values[1], "obj", 5)
            print([v.obj for v in values])
            print(operator.methodcaller("split", ",")("a,b"), list(map(operator.attrgetter("real"), [1])))
            print(copy.copy([].append)(1), copy.deepcopy("a".upper)())
            print(issubclass(dict, collections.abc.Mapping), isinstance(3, numbers.Number))
            """,
            ["library": "def read(value, name):\n    return getattr(value, name)\n"]
        )
        #expect(outcome.outcome == "succeeded", "\(outcome.message)")
        #expect(
            outcome.log == """
                [1, 2, 3]
                3 3 1
                [4, 5, 2]
                ['a', 'b'] [1]
                None A
                True True

                """
        )
    }

    /// The namespaces of text that a caller chose are filtered in every form in which a library passes them.
    @Test func theVariablesOfALibrarysFrameAreFiltered() async throws {
        let outcome = try await Self.run(
            """
            import decorator
            for evaluate in decorator.frame, decorator.named, decorator.own:
                print(evaluate("held + 1"))
                try:
                    print(evaluate("secret"))
                except NameError as error:
                    print(error)
            """,
            [
                "decorator": """
                import sys
                def frame(text):
                    secret, held = sys, 1
                    return eval(text, {}, sys._getframe().f_locals)
                def named(text):
                    return eval(text, globals={"secret": sys}, locals={"held": 1})
                def own(text):
                    secret, held = sys, 1
                    return eval(text)
                """
            ]
        )
        #expect(outcome.outcome == "succeeded", "\(outcome.message)")
        #expect(outcome.log == String(repeating: "2\nname 'secret' is not defined\n", count: 3))
    }

    /// `types.FunctionType` takes the built-ins of its caller where the namespace has none; `__new__` may not be called for it, because
    /// the call is not one of a library's own instruction. The control is a library's own
    /// function, which may import what it likes.
    @Test func aFunctionMadeOfATasksCodeHasATasksBuiltins() async throws {
        let outcome = try await Self.run(
            """
            import copies
            def imports():
                return __import__("sys")
            for make in copies.empty, copies.by_class:
                try:
                    print(make(imports)())
                except (ImportError, PermissionError):
                    print("refused")
            print(copies.own())
            """,
            [
                "copies": """
                import types
                def empty(f):
                    return types.FunctionType(f.__code__, {})
                def by_class(f):
                    return types.FunctionType.__new__(types.FunctionType, f.__code__, {"a": 1})
                def template():
                    import sys
                    return sys.__name__
                def own():
                    return types.FunctionType(template.__code__, {})()
                """
            ]
        )
        #expect(outcome.outcome == "succeeded", "\(outcome.message)")
        #expect(outcome.log == "refused\nrefused\nsys\n")
    }
}
