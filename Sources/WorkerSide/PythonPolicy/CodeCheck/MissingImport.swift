import PythonRuntime

/// Hints on a name that a missing import would bind: a module, or a well-known name of one.
enum MissingImport {
    /// The hint for an undefined name; nil if no import is known for it.
    static func hint(forName name: String, _ imports: ImportRules) -> String? {
        let statement: String
        let module: String
        if let known = Self.statements[name] {
            (module, statement) = known
        } else if let source = Self.sources.first(where: { $0.names.contains(name) })?.module {
            (module, statement) = (source, "from \(source) import \(name)")
        } else if imports.isStandard(name)
            || imports.external.names(explicitly: name) && !imports.external.allowsEverything
        {
            (module, statement) = (name, "import \(name)")
        } else {
            return nil
        }
        guard imports.decision(on: module) != .allowed else { return "an import is missing: `\(statement)`" }
        return "`\(statement)` is missing, and is not allowed: \(imports.remedy(for: module))"
    }

    /// Names under which modules, or parts of them, are usually imported, with the module and the statement.
    private static let statements: [String: (module: String, statement: String)] = [
        "np": ("numpy", "import numpy as np"), "pd": ("pandas", "import pandas as pd"),
        "plt": ("matplotlib", "import matplotlib.pyplot as plt"),
        "ET": ("xml.etree.ElementTree", "import xml.etree.ElementTree as ET"),
        "relativedelta": ("dateutil", "from dateutil.relativedelta import relativedelta"),
        "BeautifulSoup": ("bs4", "from bs4 import BeautifulSoup"),
    ]

    /// Well-known names, by the module that they are imported from.
    private static let sources: [(module: String, names: Set<String>)] = [
        ("datetime", ["timedelta", "timezone", "date"]),
        ("decimal", ["Decimal", "ROUND_HALF_UP"]),
        ("fractions", ["Fraction"]),
        ("collections", ["defaultdict", "Counter", "OrderedDict", "deque", "namedtuple", "ChainMap"]),
        ("dataclasses", ["dataclass", "asdict"]),
        ("enum", ["Enum", "IntEnum", "StrEnum"]),
        ("pathlib", ["Path", "PurePath"]),
        (
            "typing",
            ["Any", "Optional", "List", "Dict", "Tuple", "Union", "Callable", "Iterable", "Literal", "TypedDict"]
        ),
        ("math", ["sqrt", "floor", "ceil", "pi", "isnan", "log10"]),
        ("random", ["randint", "choice", "shuffle"]),
        ("time", ["sleep"]),
        ("functools", ["reduce", "partial", "lru_cache", "wraps"]),
        ("itertools", ["chain", "groupby", "product", "combinations", "permutations", "zip_longest", "islice"]),
        ("operator", ["itemgetter", "attrgetter"]),
        ("statistics", ["mean", "median", "stdev"]),
        ("uuid", ["uuid4"]),
        ("zoneinfo", ["ZoneInfo"]),
        ("io", ["StringIO", "BytesIO"]),
        ("base64", ["b64encode", "b64decode"]),
        ("hashlib", ["sha256", "sha1", "md5"]),
        ("urllib.parse", ["urlencode", "urlparse", "quote", "unquote", "parse_qs", "urljoin"]),
        ("json", ["dumps", "loads", "JSONDecodeError"]),
        ("textwrap", ["dedent"]),
        ("copy", ["deepcopy"]),
    ]
}
