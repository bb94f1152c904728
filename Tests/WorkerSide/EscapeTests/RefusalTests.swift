import TestSupport
import Testing

/// What the author of a refused program reads: where, what, why, and what to do.
@Suite struct RefusalTests {
    private static func check(_ code: String, _ runner: PolicyRunner = PolicyRunner()) async throws -> [String] {
        let job = PolicyCase(name: "check", settings: ["mode": "check"], code: code)
        let outcome = try #require(try await runner.run([job])["check"])
        #expect(outcome.outcome == "succeeded", "\(outcome.message)")
        return outcome.message.split(separator: "\n").map(String.init)
    }

    private static func advice(_ code: String, mode: String = "check") async throws -> [String] {
        let job = PolicyCase(name: "check", settings: ["mode": mode], code: code)
        return try #require(try await PolicyRunner().run([job])["check"]).items.split(separator: "\n").map(String.init)
    }

    private static func run(_ code: String, _ runner: PolicyRunner = PolicyRunner()) async throws -> PolicyCaseOutcome {
        try #require(try await runner.run([PolicyCase(name: "run", settings: [:], code: code)])["run"])
    }

    @Test func allViolationsAreReportedAtOnceWithLineAndColumn() async throws {
        let found = try await Self.check(
            """
            import os
            x = [open("a"),
                 (lambda: 0)
                 .__globals__]
            é = "ü"; y = x.__code__
            match x:
                case str(__builtins__=b): pass
            from . import z
            """
        )
        let places = found.map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
        #expect(
            places == [
                "1:1 import", "2:6 builtin", "4:7 attribute", "5:16 attribute", "7:10 pattern", "8:1 import",
            ]
        )
        #expect(found.allSatisfy { $0.hasSuffix(")") }, "every violation has a hint")
    }

    /// The tree way of compiling, which a triple-quoted string forces, and the fast way agree on places.
    @Test func placesAreTheSameWhicheverWayTheCodeIsCompiled() async throws {
        let code = "def f():\n\treturn f.__globals__\nif True:\n\timport os; g = eval"
        #expect(try await Self.check(code) == (try await Self.check(code + "\n'''\n'''\n")))
    }

    @Test func textThatMerelyMentionsARefusedNameIsNoViolation() async throws {
        let found = try await Self.check(
            """
            # __globals__, eval, import os
            d = {"__globals__": 1, "eval": 2}
            def f(open, eval=1): return open
            f(open="gi_frame")
            print("__import__('os').system('id')", f"{d['__code__']}" if "__code__" in d else "")
            class C:
                def compile(self): return self.__class__.__name__
            """
        )
        #expect(found == [])
    }

    @Test func privateNamesOfForeignClassesAreRefusedAndOnesOwnAreNot() async throws {
        let found = try await Self.check(
            """
            class Mine:
                def __init__(self): self.__x = 1
            Mine()._Mine__x
            print._Printer__setup
            """
        )
        #expect(found.count == 1)
        #expect(found[0].hasPrefix("4:7 attribute ._Printer__setup"))
    }

    /// Private names of one's own look like violations until the whole code is read.
    @Test(arguments: [99, 100, 101, 5000]) func permittedPrivateNamesDoNotHideAViolation(count: Int) async throws {
        let own = "class Mine:\n    def f(self):\n" + String(repeating: "        self.__p\n", count: count)
        #expect(try await Self.check(own) == [])
        let found = try await Self.check(own + "def f(): pass\nf.__globals__\n")
        #expect(found.count == 1 && found[0].hasPrefix("\(count + 4):3 attribute .__globals__"), "\(found)")
        let reboundOnes =
            String(repeating: "lambda: open\n", count: count) + "def g():\n    global open\n    open = 1\n"
        #expect(try await Self.check(reboundOnes) == [])
        let hidden = try await Self.check(reboundOnes + "g.__globals__\n")
        #expect(hidden.count == 1 && hidden[0].hasPrefix("\(count + 4):3 attribute .__globals__"), "\(hidden)")
    }

    /// A name belongs to a class of the code's own, and neither to a function of that name nor to a longer or shorter one.
    @Test func aPrivateNameIsOnesOwnByTheNameOfAClass() async throws {
        let found = try await Self.check(
            """
            class __Inner_: pass
            class Ab: pass
            def Printer(): pass
            x = Ab(), _items
            x._Inner___p; x._Inner___p__q; x._Ab__p
            x._A__p
            x._Abc__p
            print._Printer__setup
            """
        )
        #expect(found.map { $0.prefix(3) } == ["6:3", "7:3", "8:7"], "\(found)")
    }

    @Test func oneBeyondTheMostThatAreListedIsCounted() async throws {
        let violation = "f.__globals__\n"
        for count in [99, 100] {
            let code = "def f(): pass\n" + String(repeating: violation, count: count)
            #expect(try await Self.check(code).count == count)
            #expect(try await Self.advice(code) == [])
            #expect(try await Self.run(code).message.contains(" (and \(count - 1) more)\n"))
        }
        let code = "def f(): pass\n" + String(repeating: violation, count: 101)
        #expect(try await Self.check(code).count == 100)
        let advice = try await Self.advice(code)
        #expect(advice == ["101:3 .__globals__: the first 100 of 101 refused constructs are listed"])
        let message = try await Self.run(code).message
        #expect(message.contains(" (and 100 more, 99 of them listed)\n"), "\(message)")
    }

    /// The memory for findings and hints is bounded whatever the text: the rest is counted.
    @Test func aHundredThousandFindingsAreCounted() async throws {
        let code = "def f(): pass\n" + String(repeating: "f.__globals__;eval\n", count: 50_000)
        let advice = try await Self.advice(code)
        #expect(advice.count == 1 && advice[0].contains("the first 100 of 100000 refused"), "\(advice)")
        let coroutines = try await Self.advice(String(repeating: "async def f(): pass\n", count: 300))
        #expect(coroutines.count == 100)
    }

    @Test func codeThatDefinesWhatOthersCallIsToldToReturn() async throws {
        for (code, hint) in [
            ("def main(items):\n    return items\n", "1:1 def main: the code returns nothing"),
            ("x = 1\ndef handler(e):\n    return e\nhandler(1)\n", "2:1 def handler: the code returns nothing"),
            ("output = []\n", "1:1 output: the code returns nothing"),
        ] {
            let advice = try await Self.advice(code)
            #expect(advice.count == 1 && advice[0].hasPrefix(hint), "\(advice)")
        }
        // The control: the value is returned.
        for code in ["def main(i): return i\nreturn main(_items)\n", "output = []\nreturn output\n", "x = 1\n"] {
            #expect(try await Self.advice(code) == [])
        }
    }

    /// Each remedy, appended to the code, gives the result.
    @Test(arguments: [
        ("def main():", "main()"), ("def main(items):", "main(_items)"), ("def main(*rest):", "main(_items)"),
        ("def main(**rest):", "main()"), ("def main(*, items):", "main(items=_items)"),
        ("def handler(event, context):", "handler(_items, context=None)"),
        ("def handler(event, context, /, *, more):", "handler(_items, None, more=None)"),
    ])
    func theReturnThatIsProposedFitsTheParameters(_ head: String, _ call: String) async throws {
        let code = "\(head)\n    return [{'a': 1}]\n"
        let advice = try await Self.advice(code)
        let isLong = call.contains("None")
        let end =
            "add the last line `return \(call)`, outside of the function"
            + (isLong ? "; parameters with defaults need no argument" : "")
        #expect(advice.count == 1 && advice[0].hasSuffix(end), "\(advice)")
        let outcome = try await Self.run(code + "return \(call)\n")
        #expect(outcome.items == #"[{"json":{"a":1}}]"#, "\(outcome)")
    }

    @Test func theReturnThatIsProposedFitsTheMode() async throws {
        let each = try await Self.advice("def main(item):\n    return item\n", mode: "check-each")
        #expect(each.count == 1 && each[0].contains("`return main(_item)`"), "\(each)")
        let generator = try await Self.advice("def main(items):\n    yield from items\n")
        #expect(generator.count == 1 && generator[0].contains("`return list(main(_items))`"), "\(generator)")
        let coroutine = try await Self.advice("async def main():\n    return []\n")
        #expect(coroutine.contains { $0.contains("a plain function instead of `async def`") }, "\(coroutine)")
    }

    @Test func lookAlikeLettersAreReadAsPythonReadsThem() async throws {
        #expect(try await Self.check("ｅval('1')\n").count == 1)
        #expect(try await Self.check("x = print.__ｓelf__\n").count == 1)
    }

    @Test func hintsNameTheSettingThatWouldAllowIt() async throws {
        #expect(try await Self.check("import os")[0].contains("adding 'os' to TERRARIUM_STDLIB_ALLOW"))
        #expect(try await Self.check("import requests")[0].contains("adding 'requests' to TERRARIUM_EXTERNAL_ALLOW"))
        #expect(try await Self.check("open('x')")[0].contains("taking 'open' out of TERRARIUM_BUILTINS_DENY"))
    }

    /// Each remedy, followed, makes the import one that is allowed.
    @Test(arguments: [
        ("import urllib.request", "urllib.request"), ("from urllib import request", "urllib.request"),
        ("import os.path", "os.path"), ("import logging.config", "logging.config"),
        ("from numpy.testing import assert_equal", "numpy.testing"),
        ("import numpy.testing._private.utils", "numpy.testing"), ("import requests.adapters", "requests"),
        ("import google.api", "google.api"),
    ])
    func aRemedyNamesWhatHelpsAndNoMore(_ code: String, _ name: String) async throws {
        var runner = PolicyRunner()
        runner.preload = ""
        runner.standardLibrary = "@safe,logging"
        runner.external = "numpy,google.protobuf"
        let found = try await Self.check(code, runner)
        #expect(found.count == 1 && found[0].contains("by adding '\(name)' to TERRARIUM_"), "\(found)")
        #expect(found[0].contains("because it") == ["logging.config", "numpy.testing"].contains(name), "\(found)")
        runner.standardLibrary += ",\(name)"
        runner.external += ",\(name)"
        #expect(try await Self.check(code, runner) == [])
    }

    @Test func aListThatIsTakenLiterallyRefusesWhatItNames() async throws {
        var runner = PolicyRunner()
        runner.deny = PolicyRunner.n8nDeny
        runner.standardLibrary = ""
        runner.preload = ""
        let found = try await Self.check("class A: pass\nx = getattr(1, 'real')\ntype(x)\nimport json", runner)
        #expect(found.count == 4)
        #expect(found[0].contains("class statements are refused"))
        #expect(found[3].contains("TERRARIUM_STDLIB_ALLOW is empty"))
        #expect(try await Self.check("return [{'json': {'n': len(_items)}}]", runner) == [])
    }

    @Test func namesThatTheCodeBindsItselfAreNotTheBuiltins() async throws {
        #expect(try await Self.check("def f():\n    global open\n    open = 1\nf()\nprint(open)") == [])
        #expect(try await Self.check("input = 5\nprint(input)") == [])
        #expect(try await Self.check("print(input)").count == 1)
    }

    @Test func allowlistsTakeDottedNamesAndGroups() async throws {
        var runner = PolicyRunner()
        runner.preload = ""
        runner.standardLibrary = "xml.etree,math"
        #expect(try await Self.check("import xml.etree.ElementTree as ET, math\nfrom xml import etree", runner) == [])
        #expect(try await Self.check("import xml.sax", runner).count == 1)
        #expect(try await Self.check("from xml import sax", runner).count == 1)
        #expect(try await Self.check("import json", runner).count == 1)
        let inside = try await Self.run(
            "import xml.etree.ElementTree as ET\nimport xml\nassert not hasattr(xml, 'sax') and xml.etree.ElementTree is ET",
            runner
        )
        #expect(inside.outcome == "succeeded", "\(inside.message)")
    }

    /// A module that must be named by itself takes all below it along.
    @Test func whatMustBeNamedByItselfIsNotReachedThroughItsParts() async throws {
        var runner = PolicyRunner()
        runner.preload = ""
        runner.standardLibrary = "@safe,importlib,logging,unittest"
        runner.external = "numpy"
        let parts = [
            "numpy.testing", "numpy.testing._private.utils", "numpy.ctypeslib._ctypeslib", "numpy.f2py.crackfortran",
            "numpy.distutils.exec_command", "importlib.metadata._adapters", "importlib.resources.abc",
            "importlib.util", "logging.config", "unittest.mock",
        ]
        for part in parts {
            #expect(try await Self.check("import \(part)", runner).count == 1, "\(part)")
        }
        // The control: named, they are allowed, and nothing beside them.
        runner.standardLibrary += ",importlib.metadata"
        runner.external += ",numpy.testing"
        let named = try await Self.check(
            "import numpy.testing._private.utils, importlib.metadata._adapters, numpy.linalg, logging.handlers",
            runner
        )
        #expect(named == [])
        #expect(try await Self.check("import importlib.resources.abc, numpy.f2py.crackfortran", runner).count == 2)
    }

    @Test func anImportThatIsAllowedButNotInstalledSaysSo() async throws {
        var runner = PolicyRunner()
        runner.external = "nosuchpackage"
        let missing = try await Self.run("import nosuchpackage", runner)
        #expect(missing.message.contains("ModuleNotFoundError: No module named 'nosuchpackage'"))
        #expect(missing.message.contains("allows it, but it is not installed"))
        let refused = try await Self.run("__import__('nosuchpackage')")
        #expect(refused.message.contains("ImportError: import of 'nosuchpackage' is not allowed"))
        #expect(refused.message.contains("TERRARIUM_EXTERNAL_ALLOW is empty"))
    }

    @Test func checkAdvisesOnHabitsOfOtherRunners() async throws {
        let found = try await Self.advice(
            """
            all = _input.all()
            first = _items[0].json.name
            total = items[0]
            when = _now
            async def helper(): pass
            return 5
            """
        )
        #expect(
            found.map { $0.split(separator: ":").prefix(2).joined(separator: ":") } == [
                "1:7 _input", "2:19 .json", "3:9 items", "4:8 _now", "5:1 async def helper", "6:8 return",
            ]
        )
    }

    @Test(arguments: [
        ("_input.all()", "use _items"),
        ("_items[0].json", #"write item["json"] instead of item.json"#),
        ("_json['a']", #"_items[0]["json"]"#),
        ("_today", "datetime.date.today()"),
        ("items", "use _items"),
        ("_node['x']", "other nodes"),
        ("_jmespath(1, 2)", "comprehension"),
        ("_items.length", "use len("),
        ("null", "use None"),
    ])
    func theSameAdviceDecoratesTheErrorAtRunTime(_ code: String, _ advice: String) async throws {
        let outcome = try await Self.run("return [\(code)]")
        #expect(outcome.outcome == "python_error")
        #expect(outcome.message.contains(advice), "\(outcome.message)")
    }

    /// What the author of `json.JSONEncoder.default = …` reads; the control is a class of the author's own.
    @Test func aClassOfTheStandardLibraryIsNotChangedAndTheMessageSaysWhatToDo() async throws {
        let refused = try await Self.run("import json\njson.JSONEncoder.default = lambda self, value: str(value)")
        #expect(refused.outcome == "python_error")
        #expect(
            refused.message.hasPrefix(
                "TypeError: cannot change 'default' of JSONEncoder, a class of the standard library: all code shares it. "
                    + "Derive a class from it, or set the attribute of an instance"
            ),
            "\(refused.message)"
        )
        let own = try await Self.run(
            """
            import json
            class Encoder(json.JSONEncoder): pass
            Encoder.default = lambda self, value: str(value)
            return {"text": json.dumps(1j, cls=Encoder)}
            """
        )
        #expect(own.items == #"[{"json":{"text":"\"1j\""}}]"#, "\(own.message)")
    }
}
