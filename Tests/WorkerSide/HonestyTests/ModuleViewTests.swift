import TestSupport
import Testing

/// What a task sees of modules that are no plain module objects, or have another name than their place.
@Suite struct ModuleViewTests {
    /// A module may be an instance of a class of the package.
    @Test func aModuleOfAnotherClassHasItsAttributes() async throws {
        try await OwnPackageTests.expect(
            """
            1 lazy moved True
            3
            module 'own.inner' has no attribute 'nothing'
            module 'own.inner' has no attribute 'os'
            True
            2
            1

            """,
            from: """
                import own.inner, own
                print(own.inner.FIRST, own.inner.second, own.inner.moved, own.inner.Kind.__name__ == "Kind")
                from own.inner import third
                print(third)
                for name in ("nothing", "os"):
                    try:
                        getattr(own.inner, name)
                    except AttributeError as error:
                        print(error)
                print(own.inner.space.sub is own.inner.space.sub)
                from own.inner import space
                print(space.VALUE)
                print(len(own.inner.space.sub.__name__.split("/")))
                """,
            packages: [
                "own/__init__": "",
                "own/inner": """
                import os, sys, types
                class Lazy(types.ModuleType):
                    third = property(lambda self: 3)
                    def __getattr__(self, name):
                        values = {"second": "lazy", "moved": "moved", "os": os, "Kind": type("Kind", (), {}), "space": space}
                        try:
                            return values[name]
                        except KeyError:
                            raise AttributeError(name) from None
                # Not registered in sys.modules.
                space = types.ModuleType("own.made.space")
                space.VALUE = 2
                space.sub = types.ModuleType("own.made.space.sub")
                module = Lazy(__name__)
                module.FIRST = 1
                sys.modules[__name__] = module
                """,
            ],
            preload: "own.inner"
        )
    }

    /// A package cannot lend a module of the standard library a name of its own.
    @Test func aModuleUnderAnotherNameIsDecidedByItsOwn() async throws {
        try await OwnPackageTests.expect(
            """
            import of 'pickle' is not allowed: TERRARIUM_STDLIB_ALLOW allows @safe
            import of 'pickle' is not allowed: TERRARIUM_STDLIB_ALLOW allows @safe
            True
            False

            """,
            from: """
                import own
                for name in ("own.pickles", "own.pickles"):
                    try:
                        __import__(name)
                    except ImportError as error:
                        print(error)
                import own.texts, json
                print(own.texts is json)
                print(hasattr(own, "pickles"))
                """,
            packages: [
                "own/__init__": """
                import sys, json, pickle
                sys.modules["own.pickles"] = pickles = pickle
                sys.modules["own.texts"] = texts = json
                """
            ]
        )
    }

    /// A view shows a value that an unrelated module, such as `builtins`, has as well.
    @Test func aConstantIsNotHiddenBecauseAnotherModuleHasIt() async throws {
        try await OwnPackageTests.expect(
            "'' None builtins\n",
            from: "import own\nprint(repr(own.EMPTY), own.NOTHING, own.NAME)\n",
            packages: ["own": "import builtins\nEMPTY = ''\nNOTHING = None\nNAME = builtins.__name__\n"]
        )
    }

    /// A lazy module defines more than the name that it is asked for.
    @Test func namesThatALazyModuleDefinesLaterAreSeen() async throws {
        try await OwnPackageTests.expect(
            "1 2\n3 4\n",
            from: """
                from own import first, second
                print(first, second)
                import own
                print(own.third, own.fourth)
                """,
            packages: [
                "own": """
                def __getattr__(name):
                    if name == "first":
                        globals().update(first=1, second=2)
                    elif name == "third":
                        globals().update(third=3, fourth=4)
                    else:
                        raise AttributeError(name)
                    return globals()[name]
                """
            ]
        )
    }

    /// What a package registers in `sys.modules` need not be a module.
    @Test func anObjectInPlaceOfAModuleIsImported() async throws {
        try await OwnPackageTests.expect(
            "1 1 1\ncannot import name 'nothing' from 'own.space'\n",
            from: """
                import own.space
                from own.space import value
                from own import space
                print(own.space.value, value, space.value)
                try:
                    from own.space import nothing
                except ImportError as error:
                    print(error)
                """,
            packages: [
                "own/__init__": "",
                "own/space": """
                import sys
                class Space:
                    value = 1
                sys.modules[__name__] = Space()
                """,
            ],
            preload: "own.space"
        )
    }

    /// A C function that imports for itself calls the task's import function, with a list of names.
    @Test func whatAPackageImportsForItselfIsLoadedAndNotHandedOut() async throws {
        try await OwnPackageTests.expect(
            "None True\nimport of 'email.mime.text' is not allowed: TERRARIUM_STDLIB_ALLOW allows @safe\n",
            from: """
                import own
                print(__import__("email.mime.text", fromlist=["MIMEText"][:0]), own.isLoaded("email.mime.text"))
                try:
                    __import__("email.mime.text")
                except ImportError as error:
                    print(error)
                """,
            packages: ["own": "import sys\ndef isLoaded(name):\n    return name in sys.modules\n"]
        )
    }
}
