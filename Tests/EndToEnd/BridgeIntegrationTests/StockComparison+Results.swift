/// Scripts that return something.
extension StockComparison {
    static let results: [StockComparison] = [
        // What is returned is passed on.
        .same("return 5", "5"), .same("return -1.5", "-1.5"), .same("return 'text'", #""text""#),
        .same("return ''", #""""#),
        .same("return True", "true"), .same("return False", "false"), .same("return 0", "0"), .same("return []", "[]"),
        .same("return {}", "{}"), .same("return [1, 'a', None]", #"[1,"a",null]"#), .same("return (1, 2)", "[1,2]"),
        .same("return {'a': 1}", #"{"a":1}"#), .same("return [{'a': 1}]", #"[{"a":1}]"#),
        .same("return [{'json': {'a': 1}}]", #"[{"json":{"a":1}}]"#), .same("return _items", Self.items),
        .same("return _items[0]", #"{"json":{"n":1,"name":"Ann"}}"#), .same("return len(_items)", "2"),
        .same("return [i['json']['n'] for i in _items]", "[1,2]"),
        .same("return {'n': sum(i['json']['n'] for i in _items)}", #"{"n":3}"#),
        .same(
            "return [{'json': i['json'], 'pairedItem': 7} for i in _items[:1]]",
            #"[{"json":{"n":1,"name":"Ann"},"pairedItem":7}]"#
        ),
        .same("return {'json': {'a': 1}, 'other': 2}", #"{"json":{"a":1},"other":2}"#),
        .same("_items[0]['json']['n'] = 9\nreturn _items[:1]", #"[{"json":{"n":9,"name":"Ann"}}]"#),
        .same("return {1: 'a', 2.5: 'b', True: 'c'}", #"{"1":"c","2.5":"b"}"#),
        .same("return {None: 1}", #"{"null":1}"#),
        .same("return 10 ** 30", "1000000000000000000000000000000"), .same("return 0.1 + 0.2", "0.30000000000000004"),
        .same("return 'é€🎉'", #""é€🎉""#), .same(#"return 'a"b\\c\n'"#, #""a\"b\\c\n""#),
        .same("return [[[[1]]]]", "[[[[1]]]]"), .same("x = 1\nreturn x", "1"),
        .same("return 'x' * 1000", "\"\(String(repeating: "x", count: 1000))\""),
        .same("return repr(_query)", #""None""#),

        // The standard library.
        .same("import json\nreturn json.loads('{\"a\": [1]}')", #"{"a":[1]}"#),
        .same("import math\nreturn math.sqrt(16)", "4.0"),
        .same("import re\nreturn re.findall('a.', 'abac')", #"["ab","ac"]"#),
        .same("import datetime\nreturn datetime.date(2024, 1, 2)", #""2024-01-02""#),
        .same("import datetime\nreturn datetime.datetime(2024, 1, 2, 3, 4, 5)", #""2024-01-02 03:04:05""#),
        .same("import datetime\nreturn datetime.timedelta(hours=1)", #""1:00:00""#),
        .same("import datetime\nreturn {'at': datetime.time(1, 2)}", #"{"at":"01:02:00"}"#),
        .same("import decimal\nreturn [decimal.Decimal('1.10')]", #"["1.10"]"#),
        .same("import uuid\nreturn uuid.UUID(int=1)", #""00000000-0000-0000-0000-000000000001""#),
        .same("import fractions\nreturn fractions.Fraction(1, 3)", #""1/3""#),
        .same("import collections\nreturn collections.Counter('aab')", #"{"a":2,"b":1}"#),
        .same("import collections\nreturn collections.OrderedDict(a=1)", #"{"a":1}"#),
        .same("import collections\nreturn collections.namedtuple('P', 'x y')(1, 2)", "[1,2]"),
        .same("import statistics\nreturn statistics.mean([1, 2, 3])", "2"),
        .same("import itertools\nreturn list(itertools.chain([1], [2]))", "[1,2]"),
        .same("from collections import defaultdict\nd = defaultdict(list)\nd['a'].append(1)\nreturn d", #"{"a":[1]}"#),
        .same("import collections.abc\nreturn isinstance([], collections.abc.Iterable)", "true"),

        // The language.
        .same("def f(x):\n    return x * 2\nreturn [f(n) for n in range(3)]", "[0,2,4]"),
        .same("def f():\n    yield 1\n    yield 2\nreturn list(f())", "[1,2]"),
        .same("try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    return str(e)", #""division by zero""#),
        .same("with_walrus = [y := 3, y]\nreturn with_walrus", "[3,3]"),
        .same("match 3:\n    case 1 | 3: return 'odd'\nreturn 'even'", #""odd""#),
        .same("return f'{3.14159:.2f}'", #""3.14""#), .same("return '%s-%d' % ('a', 1)", #""a-1""#),
        .same("return '{} {x}'.format(1, x=2)", #""1 2""#), .same("x, *rest = [1, 2, 3]\nreturn rest", "[2,3]"),
        .same("return {**{'a': 1}, 'b': 2}", #"{"a":1,"b":2}"#), .same("f = lambda x: x + 1\nreturn f(1)", "2"),
        .same("return sorted([3, 1, 2], key=lambda x: -x)", "[3,2,1]"),
        .same("return [x for x in range(10) if x % 2]", "[1,3,5,7,9]"), .same("assert True\nreturn 1", "1"),
        .same("n = 0\nwhile True:\n    n += 1\n    if n == 5: break\nreturn n", "5"),
        .same("return [type_ for type_ in ['a']]", #"["a"]"#), .same("return isinstance(1, int)", "true"),
        .same("return max([1, 2]), min([1, 2]), sum([1, 2]), abs(-1), round(2.5)", "[2,1,3,1,2]"),
        .same("return list(map(str, [1])) + list(filter(None, [0, 1]))", #"["1",1]"#),
        .same("return list(zip([1], [2])), list(enumerate(['a']))", #"[[[1,2]],[[0,"a"]]]"#),
        .same("return any([0, 1]), all([0, 1]), bool([])", "[true,false,false]"),
        .same("return int('7'), float('1.5'), str(1), chr(97), ord('a'), hex(10)", #"[7,1.5,"1","a",97,"0xa"]"#),
        .same("print('a', 1)\nreturn 1", "1"),

        // Each item.
        .same(
            "return {'n': _item['json']['n']}",
            #"[{"json":{"n":1},"pairedItem":{"item":0}},{"json":{"n":2},"pairedItem":{"item":1}}]"#,
            each: true
        ),
        .same(
            "return _item",
            #"[{"json":{"n":1,"name":"Ann"},"pairedItem":{"item":0}},{"json":{"n":2,"name":"Bo"},"binary":{"f":{"mimeType":"a/b"}},"pairedItem":{"item":1}}]"#,
            each: true
        ),
        .same("return None", "[]", each: true), .same("pass", "[]", each: true),
        .same("if _item['json']['n'] == 2: return {}", #"[{"json":{},"pairedItem":{"item":1}}]"#, each: true),
        .same(
            "return {'a': 1, 'binary': {'b': {}}} if _item['json']['n'] == 1 else None",
            #"[{"json":{"a":1},"binary":{"b":{}},"pairedItem":{"item":0}}]"#,
            each: true
        ),
        .same(
            "return {'json': {'a': 1}, 'pairedItem': 9, 'x': 1} if _item['json']['n'] == 1 else None",
            #"[{"json":{"a":1},"pairedItem":{"item":0}}]"#,
            each: true
        ),
        .same(
            "return {'json': 5} if _item['json']['n'] == 1 else None",
            #"[{"json":5,"pairedItem":{"item":0}}]"#,
            each: true
        ),
        .same(
            "global c\ntry: c += 1\nexcept NameError: c = 0\nreturn {'c': c}",
            #"[{"json":{"c":0},"pairedItem":{"item":0}},{"json":{"c":0},"pairedItem":{"item":1}}]"#,
            each: true
        ),

        // Other answers on purpose.
        .different("return None", stock: "null", ours: "[]", "None is no items"),
        .different("pass", stock: "null", ours: "[]", "None is no items"),
        .different("return {1, 1}", stock: #""{1}""#, ours: "[1]", "a set is an array"),
        .different(
            "return {'s': frozenset([1])}",
            stock: #"{"s":"frozenset({1})"}"#,
            ours: #"{"s":[1]}"#,
            "a set is an array"
        ),
        .different("return range(3)", stock: #""range(0, 3)""#, ours: "[0,1,2]", "a range is an array"),
        .different(
            "import collections\nreturn collections.deque([1])",
            stock: #""deque([1])""#,
            ours: "[1]",
            "a deque is an array"
        ),
        .different(
            "return (x for x in [1])",
            stock: #""<generator object …>""#,
            ours: "error: item is of type generator",
            "nothing of use would arrive"
        ),
        .different(
            "return b'x'",
            stock: #""b'x'""#,
            ours: "error: item is of type bytes",
            "the text of bytes is no data"
        ),
        .different(
            "return [{'a': len}]",
            stock: #"[{"a":"<built-in function len>"}]"#,
            ours: #"error: items[0]["a"] is of type builtin_function"#,
            "the call was forgotten"
        ),
        .different(
            "return 5",
            stock: #"[{"json":5,…},…]"#,
            ours: "error: the code must return a dict, or None to drop the item, not int",
            "n8n refuses the item later",
            each: true
        ),
        .different(
            "return [1]",
            stock: #"[{"json":[1],…},…]"#,
            ours: "error: the code must return a dict",
            "n8n refuses the item later",
            each: true
        ),
        .different(
            "return {(1, 2): 3}",
            stock: "error: keys must be str, int, float, bool or None, not tuple",
            ours: "error: item has a key of type tuple",
            "the path is named"
        ),
        .different(
            "return {1: 'a', '1': 'b'}",
            stock: #"{"1":"b"}"#,
            ours: "error: item has two keys that are both written",
            "a value would be lost"
        ),

        // Works, where n8n's runner fails.
        .better("return float('nan')", stock: "no answer until the timeout", ours: "null", "NaN is not JSON"),
        .better(
            "return [float('inf'), -float('inf')]",
            stock: "no answer until the timeout",
            ours: "[null,null]",
            "infinities are not JSON"
        ),
        .better(
            "d = {}\nd['d'] = d\nreturn d",
            stock: "error: Circular reference detected",
            ours: #"error: item["d"] contains itself"#,
            "the path is named"
        ),
        .better("return '''a\nb'''", stock: #""a\n    b""#, ours: #""a\nb""#, "strings are not indented"),
        .better(
            "print('a', 'b', sep='-')\nreturn 1",
            stock: "error: …custom_print() got an unexpected keyword argument 'sep'",
            ours: "1",
            "print has all its arguments"
        ),
        .better(
            "# only a comment",
            stock: "error: expected an indented block after function definition on line 1",
            ours: "[]",
            "an empty body is nothing"
        ),
        .better(
            "",
            stock: "error: expected an indented block after function definition on line 1",
            ours: "[]",
            "an empty body is nothing"
        ),
        .better(
            "return repr(_query)",
            stock: "error: name '_query' is not defined",
            ours: "error: the code must return a dict",
            "_query exists in both modes",
            each: true
        ),
    ]

    static let tools: [StockComparison] = [
        StockComparison(
            code: "return _query",
            relation: .same,
            stock: #""hi""#,
            ours: #""hi""#,
            reason: "",
            more: #","query":"hi""#
        ),
        StockComparison(
            code: "return _query['a']",
            relation: .same,
            stock: "1",
            ours: "1",
            reason: "",
            more: #","query":{"a":1}"#
        ),
        StockComparison(
            code: "return None",
            relation: .same,
            stock: "null",
            ours: "null",
            reason: "",
            more: #","query":"hi""#
        ),
        StockComparison(
            code: "return ''",
            relation: .same,
            stock: #""""#,
            ours: #""""#,
            reason: "",
            more: #","query":"hi""#
        ),
    ]
}
