import Tasks

/// The metric labels of a construct that the policy refused.
///
/// Every label value is from a fixed set: a worker may report any text, and each new label value costs the monitoring
/// system memory. The task's response has the full text.
struct ViolationLabel: Hashable, Comparable {
    let rule: String
    let construct: String

    /// The label value for text outside the fixed set.
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

    /// The top-level module of `import a.b` or `from a.b import c`. Only the first 100 characters are read, because the
    /// text is untrusted.
    private static func module(of construct: String) -> String {
        let words = construct.prefix(100).split(separator: " ", maxSplits: 2)
        return words.count > 1 ? String(words[1].prefix { $0 != "." }) : ""
    }

    private static let builtins = Set(TaskPolicy.defaultBuiltinsDeny + ["class"])

    /// Modules that give access outside the interpreter, and modules that task authors import most often.
    private static let modules: Set<String> = [
        "asyncio", "builtins", "ctypes", "gc", "http", "importlib", "inspect", "io", "logging", "marshal", "mmap",
        "multiprocessing", "os", "pathlib", "pickle", "platform", "posix", "resource", "select", "shutil", "signal",
        "socket", "sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading", "traceback", "types", "urllib",
        "bs4", "cryptography", "dateutil", "httpx", "lxml", "numpy", "openpyxl", "pandas", "PIL", "pydantic", "pytz",
        "requests", "scipy", "sklearn", "yaml",
    ]
}
