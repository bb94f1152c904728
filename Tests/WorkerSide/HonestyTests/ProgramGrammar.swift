/// Makes random programs: mostly honest, deterministic ones, with an attribute or name here and there that the policy
/// knows.
struct ProgramGrammar {
    private var state: UInt64
    private var depth = 0
    private var names = ["a", "b", "c"]

    init(seed: UInt64) {
        // Mixed first: neighbouring seeds would otherwise walk the same sequence, one step apart.
        self.state = seed
        self.state = self.next() ^ (seed << 32)
        self.state = self.next()
    }

    /// SplitMix64.
    private mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var z = self.state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int(self.next() % UInt64(elements.count))]
    }

    private mutating func chance(_ percent: UInt64) -> Bool { self.next() % 100 < percent }

    private static let imports = [
        "import json", "import math, re", "from collections import Counter, defaultdict, namedtuple",
        "import itertools",
        "import functools, operator", "from dataclasses import dataclass", "import enum", "import string, textwrap",
        "import statistics", "import datetime", "import copy", "import typing", "import contextlib, io",
        "import base64",
        "import decimal",
    ]

    mutating func program() -> String {
        var lines = Self.imports
        if self.chance(3) { lines.append(self.pick(["import os", "import sys", "from json import codecs"])) }
        lines += ["a = 1", "b = [3, 1, 2]", #"c = {"x": 1, "y": "z"}"#, #"s = "Hello, World""#]
        lines += [
            "@dataclass", "class D:", "    x: int = 1", "    y: list = None",
            "class E(enum.Enum):", "    A = 1", "    B = 2",
            #"N = namedtuple("N", "p q")"#,
            "def f(x, *r, k=2):", "    return (x, r, k)",
            "def g(n):", "    for i in range(n):", "        yield i",
            "out = []",
            // Whatever swallows an exception prints it: a refusal that left no trace would look like a difference.
            "class Suppress(contextlib.suppress):",
            "    def __exit__(self, kind, error, traceback):",
            "        if error is not None: print(kind.__name__, error)",
            "        return super().__exit__(kind, error, traceback)",
        ]
        for _ in 0..<(3 + Int(self.next() % 6)) {
            lines += self.statement()
        }
        lines.append("return [{\"json\": {\"out\": out, \"a\": repr(a), \"b\": repr(b), \"c\": repr(c)}}]")
        return lines.joined(separator: "\n") + "\n"
    }

    private mutating func statement() -> [String] {
        self.depth += 1
        defer { self.depth -= 1 }
        if self.depth > 3 { return ["out.append(repr(\(self.expression())))"] }
        switch self.next() % 12 {
        case 0: return ["a = \(self.expression())"]
        case 1: return ["b = list(\(self.iterable()))"]
        case 2:
            return [
                "c[\(self.pick(["'k'", "'__class__'", "a if isinstance(a, (int, str)) else 0"]))] = \(self.expression())"
            ]
        case 3:
            return ["for i in \(self.iterable()):"] + self.indented(self.statement()) + ["    if len(out) > 50: break"]
        case 4:
            return ["if \(self.expression()):"] + self.indented(self.statement()) + ["else:"]
                + self.indented(self.statement())
        case 5:
            return ["try:"] + self.indented(self.statement())
                + ["except Exception as e:", "    print(e)", "    out.append(type(e).__name__ + str(e))"]
        case 6:
            return [
                "match \(self.expression()):", "    case int(n): out.append(n)",
                "    case [x, *rest]: out.append(len(rest))",
                "    case {'x': v}: out.append(repr(v))", "    case str() as t: out.append(t)",
                "    case _: out.append('other')",
            ]
        case 7: return ["print(\(self.expression()), sep='-', end='\\n')"]
        case 8:
            return ["def h(z=\(self.expression())):"] + self.indented(self.statement()) + [
                "    return z", "out.append(repr(h()))",
            ]
        case 9:
            return [
                "class K\(self.pick(["", "(dict)", "(list)", "(D)"])):", "    v = \(self.expression())",
                "    def m(self): return self.__class__.__name__", "out.append(K().m())",
            ]
        case 10: return ["with Suppress(Exception):"] + self.indented(self.statement())
        default: return ["out.append(repr(\(self.expression())))"]
        }
    }

    private func indented(_ lines: [String]) -> [String] { lines.map { "    " + $0 } }

    private mutating func iterable() -> String {
        self.pick([
            "b", "range(3)", "g(3)", "sorted(c)", "s[:3]", "itertools.chain([1], b)", "Counter(s).most_common(2)",
            "[x for x in range(4) if x % 2]", "map(str, range(2))", "E", "itertools.islice(itertools.count(), 3)",
            "operator.methodcaller('split', ',')(s)", "dir(D())[:0]", "{1, 2}",
        ])
    }

    private mutating func expression() -> String {
        self.depth += 1
        defer { self.depth -= 1 }
        if self.depth > 4 { return self.pick(["1", "a", "s", "None", "'q'", "2.5"]) }
        switch self.next() % 14 {
        case 0:
            return
                "(\(self.expression()) \(self.pick(["+", "*", "==", "and", "or", "in", "is", "-", "<"])) \(self.expression()))"
        case 1: return "f(\(self.expression()), k=\(self.expression()))"
        case 2: return "[\(self.expression()), \(self.expression())]"
        case 3: return "{'x': \(self.expression()), 'n': \(self.expression())}"
        case 4: return "(lambda q: \(self.expression()))(\(self.expression()))"
        case 5:
            return
                "getattr(\(self.expression()), \(self.pick(["'real'", "'upper'", "'nope'", "'__name__'", "'__class__'"])), 0)"
        case 6: return "hasattr(\(self.expression()), \(self.pick(["'x'", "'append'", "'__len__'", "'__call__'"])))"
        case 7:
            return
                #"\#(self.pick(["'{0}'", "'{0!r:>5}'", "'{0.real}'", "'{0[0]}'", "'{0.__class__}'"])).format(\#(self.expression()))"#
        case 8: return "f'{\(self.pick(["a", "b", "s!r", "len(s):>4", "a if a else s"]))}'"
        case 9:
            return self.pick([
                "json.dumps(b, default=str)", "re.sub('l', 'L', s)", "math.sqrt(4)",
                "functools.reduce(operator.add, [1, 2])",
                "statistics.mean([1, 2, 3])", "D(2)", "D(2) == D(2)", "E.A.name", "E(2).value", "N(1, 2)._asdict()",
                "E['A']",
                "copy.deepcopy(c)", "textwrap.fill(s, 5)", "datetime.date(2024, 1, 31).isoformat()",
                "string.capwords(s)",
                "base64.b64encode(s.encode()).decode()", "decimal.Decimal('1.10') + 1", "operator.itemgetter(0)(b)",
                "typing.get_type_hints(D)", "Counter(s)['l']", "defaultdict(int)['z']", "io.StringIO(s).read(2)",
                "isinstance(a, D)", "operator.attrgetter('x')(D(3))", "type(a).__name__", "sorted(map(str, b))",
                "D.__dataclass_fields__['x'].name", "object() is None", "callable(f)", "f.__name__",
                "D.__mro__[-1] is object",
            ])
        case 10: return "(\(self.expression()) if \(self.expression()) else \(self.expression()))"
        case 11 where self.chance(12):
            return self.pick([
                "f.__globals__", "(x for x in b).gi_frame", "eval('1')", "f.__code__", "len.__self__", "open('x')",
                "globals()",
                "object.__subclasses__()", "operator.attrgetter('__globals__')(f)", "'{0.__globals__}'.format(f)",
                "__import__('sys')", "json.os", "vars(D)",
            ])
        default:
            return self.pick([
                "a", "b", "c", "s", "1", "0", "''", "None", "True", "[]", "3.5", "b[0]", "c.get('x')", "s[1:3]",
                "len(b)",
            ])
        }
    }
}
