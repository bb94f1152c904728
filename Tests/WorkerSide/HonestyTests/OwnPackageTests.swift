import Foundation
import TestSupport
import Testing

/// Packages of an operator's own, written here: what they do with the interpreter's objects and what a task then sees.
@Suite struct OwnPackageTests {
    static func run(
        _ code: String,
        packages: [String: String],
        external: String = "*",
        preload: String = ""
    ) async throws -> PolicyCaseOutcome {
        let folder = try ScratchFolder()
        for (name, text) in packages {
            if let slash = name.lastIndex(of: "/") {
                try FileManager.default.createDirectory(
                    atPath: "\(folder.path)/\(name[..<slash])",
                    withIntermediateDirectories: true
                )
            }
            _ = try folder.file("\(name).py", text)
        }
        var runner = PolicyRunner()
        runner.external = external
        runner.sitePackages = folder.path
        runner.preload = preload
        return try #require(try await runner.run([PolicyCase(name: "run", settings: [:], code: code)])["run"])
    }

    /// Runs a task with a package `own`, in both ways, and expects it to succeed with that log.
    static func expect(
        _ log: String,
        from code: String,
        packages: [String: String],
        preload: String = "own"
    ) async throws {
        for preload in ["", preload] {
            let outcome = try await Self.run(code, packages: packages, preload: preload)
            #expect(outcome.outcome == "succeeded", "\(preload): \(outcome.message)")
            #expect(outcome.log == log, "\(preload)")
        }
    }

    /// A view shows a built-in of the runner's own where the package has the interpreter's; it must be one that exists.
    @Test(arguments: ["", "p"]) func aPackageThatKeepsPrintHandsOutTheTasksOwn(preload: String) async throws {
        let outcome = try await Self.run(
            """
            import p
            p.p("a", 1, sep="-")
            assert p.p is print
            # What takes the place of freed memory must not show through.
            blocks = [bytes(n) for n in range(400) for _ in range(20)]
            p.p("b", file=None, flush=True)
            assert p.g is getattr and p.g("x", "upper")() == "X"
            """,
            packages: ["p": "p = print\ng = getattr\n"],
            preload: preload
        )
        #expect(outcome.outcome == "succeeded", "\(outcome.message)")
        #expect(outcome.log == "a-1\nb\n")
    }

    /// The code of attrs is in a package `attr`, which an operator who lists `attrs` does not list. The text of its methods
    /// names a module of that package. The control is the package by that name in a task.
    @Test(arguments: ["", "attrs"]) func textOfAPackageThatIsNotListedNamesItsOwnModules(preload: String) async throws {
        let packages = [
            "attrs/__init__": "from attr import make, set\n",
            "attr/__init__": "from attr._make import make, set\n",
            "attr/_compat": "import sys\ncurrent = 1\n",
            "attr/_make": """
            from . import _compat
            def set(value): _compat.current = value
            def make(text):
                names = {"_compat": _compat}
                eval(compile(f"def f():\\n return {text}", "<made>", "exec"), names)
                return names["f"]
            """,
        ]
        let outcome = try await Self.run(
            """
            import attrs
            assert attrs.make("_compat.current")() == 1
            attrs.set(2)
            assert attrs.make("_compat.current")() == 2
            for hidden in ("_compat.sys", "_compat.__loader__", "_compat.__dict__['current']"):
                try:
                    attrs.make(hidden)()
                except (AttributeError, KeyError, PermissionError):
                    print("hidden")
            """,
            packages: packages,
            external: "attrs",
            preload: preload
        )
        #expect(outcome.outcome == "succeeded", "\(outcome.message)")
        #expect(outcome.log == "hidden\nhidden\nhidden\n")
        let refused = try await Self.run("import attr", packages: packages, external: "attrs", preload: preload)
        #expect(refused.outcome == "policy_violation", "\(refused.message)")
    }

    /// Views are found by the address of their module, which is another's once the module is freed.
    @Test func aModuleThatTakesAFreedOnesPlaceHasAViewOfItsOwn() async throws {
        var packages = [
            "forget": """
            import gc, sys
            def drop(name):
                del sys.modules[name]
                gc.collect()
            def evaluate():
                return eval("1 + 1", globals())
            """
        ]
        for index in 0..<40 { packages["m\(index)"] = "VALUE = \(index)\n" }
        let outcome = try await Self.run(
            """
            import forget
            seen = []
            for index in range(40):
                module = __import__(f"m{index}")
                seen.append(getattr(module, "VALUE", None))
                del module
                forget.drop(f"m{index}")
                # Looks for the view of this module among all others.
                assert forget.evaluate() == 2
            assert seen == list(range(40)), seen
            """,
            packages: packages
        )
        #expect(outcome.outcome == "succeeded", "\(outcome.message)")
    }

    /// Lazy packages put another object in their place while they answer for an attribute.
    @Test func aPackageMayReplaceItselfWhileATaskImportsFromIt() async throws {
        let outcome = try await Self.run(
            """
            from lazy import first, second
            assert (first, second) == (1, 2)
            import lazy
            assert lazy.first == 1
            """,
            packages: [
                "lazy": """
                import gc, sys, types
                def __getattr__(name):
                    values = {"first": 1, "second": 2}
                    if name not in values:
                        raise AttributeError(name)
                    fresh = types.ModuleType(__name__)
                    fresh.__getattr__ = globals().pop("__getattr__", None) or sys.modules[__name__].__getattr__
                    sys.modules[__name__] = fresh
                    gc.collect()
                    return values[name]
                """
            ]
        )
        #expect(outcome.outcome == "succeeded", "\(outcome.message)")
    }

    @Test func aPackageThatReplacesItselfByNoModuleIsAnImportError() async throws {
        let outcome = try await Self.run(
            """
            try:
                from odd import first, second
            except ImportError as error:
                print(error)
            import whole
            del whole.kept
            try:
                whole.kept
            except AttributeError as error:
                print(error)
            """,
            packages: [
                "odd": "import sys\ndef __getattr__(name):\n    sys.modules[__name__] = object()\n    return 1\n",
                "whole": "import sys\nkept = 1\ndef __getattr__(name):\n    raise AttributeError(name)\n",
            ]
        )
        #expect(outcome.outcome == "succeeded", "\(outcome.message)")
        #expect(
            outcome.log == "cannot import name 'second' from 'odd'\nmodule 'whole' has no attribute 'kept'\n"
        )
    }

    /// What is asked for the state of an object runs the task's own code, which may give the object another class and let go
    /// of the one it had: that one must live until the answer is made.
    @Test func theClassOfAnObjectMayGoWhileItsStateIsAskedFor() async throws {
        let outcome = try await Self.run(
            """
            import collector
            class Slots:
                def __iter__(self):
                    if kinds:
                        value.__class__ = Other
                        kinds.clear()
                    return iter(())
                def __del__(self):
                    collector.collect()
            class Meta(type):
                @property
                def __dict__(cls):
                    return {"__slots__": Slots()}
                def __del__(cls):
                    print("gone")
            class Other:
                __slots__ = ("x",)
            kinds = [Meta("Kind", (), {"__slots__": ("x",)})]
            value = kinds[0]()
            try:
                object.__getstate__(value)
            except TypeError as error:
                print(error)
            assert type(value) is Other
            collector.collect()
            """,
            packages: ["collector": "import gc\ndef collect():\n    gc.collect()\n"]
        )
        #expect(outcome.outcome == "succeeded", "\(outcome.message)")
        #expect(outcome.log == "cannot pickle 'Kind' object\ngone\n")
    }

    /// Text of a caller that a library runs is read to its end too, whatever the text mentions before.
    @Test func namesOfDeniedBuiltinsDoNotHideARefusedAttributeInGeneratedText() async throws {
        let outcome = try await Self.run(
            """
            import mako
            assert mako.run("x = 1", {}) is None
            try:
                mako.run("def never():\\n" + "    open\\n" * 100 + "    f.__globals__", {})
            except PermissionError as error:
                print(error)
            """,
            // A package whose text is its caller's, by its row in the table of evaluators.
            packages: ["mako": "def run(text, names):\n    exec(text, names)\n"]
        )
        #expect(outcome.outcome == "succeeded", "\(outcome.message)")
        #expect(outcome.log == "the policy refuses '__globals__' in generated code\n")
    }
}
