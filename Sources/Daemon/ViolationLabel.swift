import Tasks

/// What the metrics say of a refused construct.
///
/// Every label value is one of a fixed set: the text is the author's, and a worker may send any, so that it could
/// otherwise fill a monitoring system's memory. The task's own answer has it in full.
struct ViolationLabel: Hashable, Comparable {
    let rule: String
    let construct: String

    /// What stands for everything that is not in the set.
    static let other = "other"

    init(_ violation: PolicyViolation) {
        self.rule = PolicyViolation.rules.contains(violation.rule) ? violation.rule : Self.other
        let name =
            switch violation.rule {
            case "import": Self.module(of: violation.construct)
            case "builtin": violation.construct
            default: ""
            }
        let known = violation.rule == "import" ? Self.modules : Self.builtins
        self.construct = known.contains(name) ? name : Self.other
    }

    static func < (one: Self, other: Self) -> Bool {
        (one.rule, one.construct) < (other.rule, other.construct)
    }

    /// The top-level module of `import a.b` or `from a.b import c`; of a huge text, only the front is looked at.
    private static func module(of construct: String) -> String {
        let words = construct.prefix(100).split(separator: " ", maxSplits: 2)
        return words.count > 1 ? String(words[1].prefix { $0 != "." }) : ""
    }

    private static let builtins = Set(TaskPolicy.defaultBuiltinsDeny + ["class"])

    /// Ways out of a program, and what people miss most often.
    private static let modules: Set<String> = [
        "asyncio", "builtins", "ctypes", "gc", "http", "importlib", "inspect", "io", "logging", "marshal", "mmap",
        "multiprocessing", "os", "pathlib", "pickle", "platform", "posix", "resource", "select", "shutil", "signal",
        "socket", "sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading", "traceback", "types", "urllib",
        "bs4", "cryptography", "dateutil", "httpx", "lxml", "numpy", "openpyxl", "pandas", "PIL", "pydantic", "pytz",
        "requests", "scipy", "sklearn", "yaml",
    ]
}
