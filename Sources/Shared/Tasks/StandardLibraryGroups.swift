/// The groups that a module allowlist may name, as data.
public enum StandardLibraryGroups {
    /// The names of all groups.
    public static let names = ["@safe"]

    /// The modules of the group of that name, if there is one.
    public static func modules(in group: String) -> [GroupedModule]? {
        group == "@safe" ? Self.safe : nil
    }

    /// Modules that do no input or output of their own, and do not run code that is given as text or by name: a task
    /// passes values in and gets values back.
    ///
    /// A task cannot reach the modules that one of these modules imports, so only the functions of the module itself
    /// matter. A function that would open a file or evaluate text is removed from the view that a task has of the
    /// module, or guarded by the policy.
    public static let safe: [GroupedModule] = [
        // Numbers.
        GroupedModule("math", because: "arithmetic"),
        GroupedModule("cmath", because: "arithmetic on complex numbers"),
        GroupedModule("numbers", because: "abstract classes of numbers"),
        GroupedModule("decimal", because: "decimal arithmetic; contexts are the task's own"),
        GroupedModule("fractions", because: "rational arithmetic"),
        GroupedModule("statistics", because: "averages and spreads over sequences"),
        GroupedModule("random", because: "random numbers; reseeded in every worker"),
        GroupedModule("secrets", because: "random numbers from the operating system"),
        // Text.
        GroupedModule("string", because: "constants, templates and a formatter whose fields are guarded"),
        GroupedModule("re", because: "regular expressions; a run away one ends at the time limit"),
        GroupedModule("textwrap", because: "wrapping and dedenting"),
        GroupedModule("difflib", because: "differences between sequences"),
        GroupedModule("unicodedata", because: "the character database"),
        GroupedModule("stringprep", because: "tables of character classes"),
        GroupedModule("shlex", because: "splitting text as a shell does; no shell is run"),
        GroupedModule("fnmatch", because: "matching names against patterns; no file is looked at"),
        GroupedModule("html", because: "escaping and parsing text"),
        GroupedModule("pprint", because: "printing nested values"),
        GroupedModule("reprlib", because: "short representations"),
        GroupedModule("codecs", because: "encoding and decoding; its open() is left out"),
        GroupedModule("keyword", because: "a list of words"),
        // Time.
        GroupedModule("datetime", because: "dates and times"),
        GroupedModule("time", because: "clocks, formatting, and sleeping within the time limit"),
        GroupedModule("calendar", because: "calendars as data and text"),
        GroupedModule("zoneinfo", because: "time zones; reads only the system's zone files"),
        // Data structures.
        GroupedModule("array", because: "compact arrays of numbers"),
        GroupedModule("bisect", because: "binary search"),
        GroupedModule("collections", because: "containers; the code of a namedtuple is checked"),
        GroupedModule("copy", because: "copying values"),
        GroupedModule("graphlib", because: "topological order"),
        GroupedModule("heapq", because: "heaps"),
        GroupedModule("struct", because: "numbers to bytes and back, within bounds"),
        GroupedModule("types", because: "names of built-in types; making code or functions of code is refused"),
        GroupedModule("weakref", because: "references that keep nothing alive"),
        // Functions and classes.
        GroupedModule("abc", because: "abstract classes"),
        GroupedModule("contextlib", because: "context managers; redirection is limited to the task's own streams"),
        GroupedModule("contextvars", because: "variables of a context"),
        GroupedModule("dataclasses", because: "record classes; the code they generate is checked"),
        GroupedModule("enum", because: "enumerations; their access to modules by name is limited to the task's own"),
        GroupedModule("functools", because: "higher-order functions"),
        GroupedModule("itertools", because: "iterators"),
        GroupedModule("operator", because: "operators as functions; attributes are guarded where they live"),
        GroupedModule("typing", because: "type hints; evaluating them is checked and sees only the task's names"),
        GroupedModule("warnings", because: "warnings to stderr"),
        // Formats and encodings.
        GroupedModule("base64", because: "bytes to text and back"),
        GroupedModule("binascii", because: "bytes to text and back"),
        GroupedModule("colorsys", because: "colours between systems"),
        GroupedModule("csv", because: "comma-separated text, from and to file-like objects the task has"),
        GroupedModule("io", because: "streams in memory; whatever opens a file is left out"),
        GroupedModule("ipaddress", because: "addresses as values; nothing is connected to"),
        GroupedModule("json", because: "JSON text to values and back"),
        GroupedModule("quopri", because: "quoted-printable text"),
        GroupedModule("urllib.parse", because: "URLs as values; nothing is fetched"),
        GroupedModule("uuid", because: "identifiers; the programs it would ask for a hardware address cannot be run"),
        GroupedModule("xml.etree", because: "XML; files and external entities cannot be opened"),
        GroupedModule("xml.dom", because: "XML; files and external entities cannot be opened"),
        GroupedModule("xml.sax.saxutils", because: "escaping XML text"),
        // Digests and compression.
        GroupedModule("hashlib", because: "digests"),
        GroupedModule("hmac", because: "keyed digests"),
        GroupedModule("zlib", because: "compression of bytes; what it expands to counts against the memory limit"),
        GroupedModule("gzip", because: "compression of bytes; opening a file by name is refused"),
        GroupedModule("bz2", because: "compression of bytes; opening a file by name is refused"),
        GroupedModule("lzma", because: "compression of bytes; opening a file by name is refused"),
        GroupedModule("compression", because: "the same by new names, and zstd; from Python 3.14 on"),
    ]
}
