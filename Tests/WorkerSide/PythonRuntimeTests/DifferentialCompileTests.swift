import CPython
import Tasks
import TestSupport
import Testing

@testable import PythonRuntime

/// The fast way to compile and the other one give the same code, columns aside.
@Suite struct DifferentialCompileTests {
    /// Programs that use every kind of statement and nested scope.
    static let programs = [
        "return 1", "x = 1\nreturn x", "", "    a = 1\n    if a:\n        return a",
        "def f(a, b=1, *c, d, **e):\n    return lambda x: x + a\nreturn f",
        "class A:\n    class B:\n        def m(self):\n            return super().m()\n    x: int = 1\nreturn A",
        "class A: pass\nclass A: pass\nf = lambda: 1\ng = lambda: 1\nreturn [A, f, g, lambda: 1, lambda: 1]",
        "try:\n    pass\nexcept* ValueError as e:\n    raise\nelse:\n    x = 1\nfinally:\n    del x",
        "match _items:\n    case [int(x), {'k': v, **rest}] if x > 1:\n        return v\n    case str() | None:\n        pass\n    case _:\n        return 2",
        "async def f():\n    async with a as b, c:\n        async for x in y:\n            await x\n    return [z async for z in f()]",
        "def g():\n    yield 1\n    x = yield from g()\n    return x\nreturn list(g())",
        "with open as f, g as h:\n    for i in range(3):\n        if i: continue\n        else: break\n    else:\n        pass",
        "while (n := len(_items)) > 1:\n    _items = [a for a in _items if a for b in a]\nreturn {k: v for k, v in {}.items()}",
        "x = f'{1 + 2!r:>{10}} {_items[0]} {{}}' 'a' \"b\"\nreturn x, {*(), 1}, {**{}}, [*()], (yield_ := 3)",
        "assert 1, 'x'\nfrom math import sqrt as s\nimport json, re as r\nraise ValueError from None",
        "def outer():\n    n = 0\n    def inner():\n        nonlocal n\n        n += 1\n        return n\n    return inner\nreturn outer()()",
        "if 1:\n\tx = [\n1,\n2,\n]\n\treturn x", "return (1 +\n2\n   + 3)", "# comment\n\n\n# more\nx = 1  # end\n\n",
        "x = 1; y = 2; return x",
        "@staticmethod\n@property\ndef f(): 'doc'\nreturn f.__doc__",
        "a = b = c = 1\na += 1\na, *b = [1, 2]\nx[1:2, ...] = 3\nreturn -a ** ~b",
        "\"\"\"doc\"\"\"\nreturn 1", "'''a 'b' \\''' c'''\nx = '\"\"'[0]\nreturn x",
        "\"\"\"\"\"\"\nreturn [\n'''a''',\n 'b']",
        "class A:\n    \"\"\"A 'class'.\"\"\"\n\n    def f(self):\n        '''f'''; return 1\nreturn A.__doc__",
        "return 0 if _items else 'é' + \"\\x41\\u00e9\\N{BULLET}\"", "é = 1\ndef ñ(ü): return ü + é\nreturn ñ(2)",
    ]

    @Test func bothWaysGiveTheSameCode() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let compare = try Self.comparison()
            let compiler = python.interpreter.compiler
            for program in Self.programs {
                let source = try Self.source(program)
                #expect(TaskCompiler.isFastWayExact(for: source), "\(program)")
                guard let fast = compiler.compileFast(source, parameter: "_items") else {
                    // Nothing but an empty body is an error the one way and none the other.
                    #expect(program.isEmpty || program.hasPrefix("#"), "\(program)")
                    continue
                }
                let tree = try compiler.compileTree(source, parameter: "_items")
                #expect(fast.columnShift == 1)
                let difference = try Self.difference(fast, tree, compare)
                #expect(difference.isEmpty, "\(program.debugDescription): \(difference)")
            }
            // The comparison can fail.
            let one = try compiler.compileTree(try Self.source("def f(): return 1\nreturn f"), parameter: "_items")
            for other in [
                "def f(): return 2\nreturn f", "\ndef f(): return 1\nreturn f", "def g(): return 1\nreturn g",
            ] {
                let two = try compiler.compileTree(try Self.source(other), parameter: "_items")
                #expect(try Self.difference(one, two, compare) != "")
            }
        }
    }

    @Test func bothWaysGiveTheSameCodeForTheStandardLibrary() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let compare = try Self.comparison()
            let compiler = python.interpreter.compiler
            // Every module as it is, and as it would be written without a token that spans lines.
            let listing = try Self.define(
                "texts",
                """
                def texts(folder):
                    import ast, os
                    for path, folders, names in os.walk(folder):
                        folders[:] = [name for name in folders if name not in ("test", "tests", "idlelib", "site-packages")]
                        for name in sorted(names):
                            if not name.endswith(".py"): continue
                            with open(os.path.join(path, name), encoding="utf-8", errors="ignore") as file:
                                text = file.read()
                            if len(text) < 60000:
                                yield text
                                yield ast.unparse(ast.parse(text))
                """
            )
            let folder = try PythonText.make(try PythonInstallation.locate().searchPaths[0])
            let texts = try listing.call(folder)
            var compared = 0
            while let next = PyIter_Next(texts.pointer) {
                let owned = PythonReference(owning: next)
                let text = try PythonText.string(owned)
                guard let source = try? Self.source(text), TaskCompiler.isFastWayExact(for: source),
                    let fast = compiler.compileFast(source, parameter: "_items")
                else { continue }
                let tree = try compiler.compileTree(source, parameter: "_items")
                let difference = try Self.difference(fast, tree, compare)
                #expect(difference.isEmpty, "\(text.prefix(80).debugDescription): \(difference)")
                compared += 1
            }
            #expect(PyErr_Occurred() == nil)
            #expect(compared > 100, "only \(compared) texts")
        }
    }

    @Test func whatTheFastWayTakesTheOtherWayTakesAlike() async {
        await #expect(processExitsWith: .success) {
            let python = try Harness()
            let compare = try Self.comparison()
            let compiler = python.interpreter.compiler
            let pieces = [
                "\n", "\n ", "\n    ", "\n\t", " ", "\t", "'", "\"", "#", "\\", "(", ")", "[", "]", "{", "}", ":", ";",
                ",", "=", ".",
                "return ", "yield ", "await ", "if 1:", "else:", "def f(): ", "class C: ", "lambda: ", "pass", "x", "é",
                "0", "\u{0C}",
                "\r", "\r\n", "f'{", "}'", "*", "@", "->", "nonlocal x", "import os", "async ", "del x", "...",
                "\"\"\"", "'''", "\n\"\"\"a\"\"\"", "\n    '''a'''", "\\\"",
            ]
            var generator = SeededGenerator(seed: 4)
            var compared = 0
            for round in 0..<12_000 {
                var text = Array(Self.programs[round % Self.programs.count])
                for _ in 0..<Int.random(in: 1...3, using: &generator) {
                    let index = Int.random(in: 0...text.count, using: &generator)
                    let end = min(text.count, index + Int.random(in: 0...2, using: &generator))
                    text.replaceSubrange(index..<end, with: Array(pieces.randomElement(using: &generator) ?? " "))
                }
                let program = String(text)
                let source = try Self.source(program)
                guard TaskCompiler.isFastWayExact(for: source),
                    let fast = compiler.compileFast(source, parameter: "_items")
                else { continue }
                do {
                    let tree = try compiler.compileTree(source, parameter: "_items")
                    let difference = try Self.difference(fast, tree, compare)
                    #expect(difference.isEmpty, "\(program.debugDescription): \(difference)")
                } catch {
                    Issue.record("\(program.debugDescription): \(error)")
                }
                compared += 1
            }
            #expect(compared > 500, "only \(compared) texts")
        }
    }

    @Test func textsWithTokensThatSpanLinesGoTheOtherWay() async {
        await #expect(processExitsWith: .success) {
            _ = try Harness()
            for program in [
                "x = '''a'''", "x = \"\"\"a\"\"\"", "x = 1 + \\\n2", "x = 1\n\\", "x = 1\n\u{0C}y = 2",
                "\"\"\"a\nb\"\"\"", "x = '\"\"\"'; y = \"\"\"a\n\"\"\"", "\"\"\"a\"\"\" + \"\"\"b\n\"\"\"",
                "\"\"\"a\\\"\"\"\nb\"\"\"", "r'''a'''", "\"\"\"a\"\"\"\"\"\"b\nc\"\"\"", "\"\"\"a\\\nb\"\"\"",
                "\"\"\"a",
                "def f():\n global x", "if 1:\n\tx = 1\nif 1:\n        y = 1", "_terrarium_task = 1",
            ] {
                #expect(try !TaskCompiler.isFastWayExact(for: Self.source(program)), "\(program)")
            }
            for program in [
                "\"\"\"a\"\"\"", "def f():\n    '''a \\''' b'''\n", "\"\"\"a ''' b\"\"\" # c", "x = ''", "x = 'a\\n'",
                "x = 1\r\ny = 2", "globe = 1",
            ] {
                #expect(try TaskCompiler.isFastWayExact(for: Self.source(program)), "\(program)")
            }
        }
    }

    static func source(_ text: String) throws -> TaskSource {
        try Array(text.utf8).withUnsafeBytes { try TaskSource($0) }
    }

    /// A Python function that tells the first difference between two code objects, columns and `__firstlineno__` aside. The
    /// constant of that name can be shared with other code of the class, so the instructions of a class are compared by
    /// what they load.
    static func comparison() throws -> PythonReference {
        try Self.define(
            "compare",
            """
            import dis
            def body(code):
                steps = [(i.opname, i.argval, i.arg) for i in dis.get_instructions(code) if i.opname != "EXTENDED_ARG"]
                body = []
                for number, (name, value, argument) in enumerate(steps):
                    if hasattr(value, "co_code"): value = "code"
                    if number + 1 < len(steps) and steps[number + 1][1] == "__firstlineno__": value = "line"
                    body.append((name, repr(value)))
                return body
            def compare(a, b, shift, path=""):
                storesLine = "__firstlineno__" in a.co_names
                if storesLine and body(a) != body(b): return f"{path}instructions: {body(a)} {body(b)}"
                for name in ("co_code", "co_names", "co_varnames", "co_freevars", "co_cellvars", "co_flags", "co_name",
                             "co_qualname", "co_argcount", "co_kwonlyargcount", "co_posonlyargcount", "co_stacksize",
                             "co_exceptiontable", "co_filename", "co_firstlineno"):
                    if path == "" and name == "co_firstlineno": continue
                    if storesLine and name == "co_code": continue
                    if getattr(a, name) != getattr(b, name):
                        return f"{path}{name}: {getattr(a, name)!r} {getattr(b, name)!r}"
                for (l1, e1, c1, d1), (l2, e2, c2, d2) in zip(a.co_positions(), b.co_positions(), strict=True):
                    if path == "" and l1 == l2 == a.co_firstlineno: continue
                    if path == "" and l1 is not None and l1 < 1: continue
                    if (l1, e1) != (l2, e2): return f"{path}lines: {(l1, e1)} {(l2, e2)}"
                    if (c1, d1, c2, d2) == (0, 0, 0, 0): continue
                    if c1 is not None and c2 is not None and (c1 - shift, d1 - shift) != (c2, d2):
                        return f"{path}columns: {(c1, d1)} {(c2, d2)}"
                if storesLine:
                    first, second = ([x for x in code.co_consts if hasattr(x, "co_code")] for code in (a, b))
                else:
                    first, second = a.co_consts, b.co_consts
                if len(first) != len(second): return f"{path}consts"
                for x, y in zip(first, second):
                    if type(x) is not type(y): return f"{path}const types"
                    if hasattr(x, "co_code"):
                        inner = compare(x, y, shift, path + x.co_name + ".")
                        if inner: return inner
                    elif repr(x) != repr(y): return f"{path}const: {x!r} {y!r}"
                return ""
            """
        )
    }

    /// A Python function, defined outside of every task.
    static func define(_ name: StaticString, _ text: String) throws -> PythonReference {
        let globals = try PythonReference.dictionary()
        try globals.setEntry("__builtins__", try PythonReference.importing("builtins"))
        _ = try PythonReference(
            checking: PyRun_StringFlags(text, Py_file_input, globals.pointer, globals.pointer, nil)
        )
        guard let function = try globals.entry(name) else { preconditionFailure("no function") }
        return function
    }

    static func difference(
        _ first: borrowing CompiledTask,
        _ second: borrowing CompiledTask,
        _ compare: borrowing PythonReference
    ) throws -> String {
        let arguments = try PythonReference(checking: PyTuple_New(3))
        CPython_Tuple_SET_ITEM(arguments.pointer, 0, first.code.duplicate().release())
        CPython_Tuple_SET_ITEM(arguments.pointer, 1, second.code.duplicate().release())
        CPython_Tuple_SET_ITEM(arguments.pointer, 2, PyLong_FromLong(first.columnShift - second.columnShift))
        let result = try compare.call(tuple: arguments)
        return try PythonText.string(result)
    }
}
