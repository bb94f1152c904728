import TestSupport
import Testing

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
