/// What is left out of the views of modules, as data.
enum ModuleViewRules {
    /// Modules whose functions, classes and instances show up in the views of other modules only where the module
    /// itself is allowed: whatever a library imported for itself is not for the task to use.
    static let confined: [(name: StaticString, reason: String)] = [
        ("sys", "the interpreter's own state"),
        ("builtins", "the built-ins before they are filtered"),
        ("os", "processes and files"),
        ("posix", "processes and files"),
        ("nt", "processes and files"),
        ("posixpath", "looks at files"),
        ("genericpath", "looks at files"),
        ("io", "opens files"),
        ("_io", "opens files"),
        ("_pyio", "opens files"),
        ("importlib", "imports by name"),
        ("importlib._bootstrap", "imports by name"),
        ("importlib._bootstrap_external", "imports by name"),
        ("importlib.machinery", "imports by name"),
        ("importlib.util", "imports by name"),
        ("importlib.abc", "imports by name"),
        ("_frozen_importlib", "imports by name"),
        ("_frozen_importlib_external", "imports by name"),
        ("_imp", "imports by name"),
        ("imp", "imports by name"),
        ("zipimport", "imports by name"),
        ("pkgutil", "imports by name"),
        ("runpy", "runs code by name"),
        ("code", "runs text"),
        ("codeop", "compiles text"),
        ("marshal", "makes code objects"),
        ("pickle", "imports by name"),
        ("_pickle", "imports by name"),
        ("shelve", "imports by name"),
        ("inspect", "frames and code objects"),
        ("gc", "every object of the interpreter"),
        ("ctypes", "memory"),
        ("_ctypes", "memory"),
        ("mmap", "memory"),
        ("subprocess", "processes"),
        ("_posixsubprocess", "processes"),
        ("multiprocessing", "processes"),
        ("signal", "signal handlers"),
        ("_signal", "signal handlers"),
        ("threading", "threads"),
        ("_thread", "threads"),
        ("socket", "the network"),
        ("_socket", "the network"),
        ("ssl", "the network"),
        ("select", "descriptors"),
        ("selectors", "descriptors"),
        ("fcntl", "descriptors"),
        ("shutil", "files"),
        ("tempfile", "files"),
        ("pathlib", "files"),
        ("glob", "files"),
        ("fileinput", "files"),
        ("linecache", "files"),
        ("tokenize", "opens files"),
        ("atexit", "code after the task"),
        ("faulthandler", "signal handlers"),
        ("trace", "trace functions"),
        ("bdb", "trace functions"),
        ("pdb", "trace functions"),
        ("timeit", "runs text"),
        ("doctest", "runs text"),
        ("unittest", "patches by name"),
        ("pydoc", "imports by name"),
    ]

    /// Names that are left out of a module's own view: by them a task would reach what its import alone does not grant.
    static let withheld: [String: Set<String>] = [
        "io": ["open", "open_code", "FileIO", "OpenWrapper"],
        "codecs": ["open"],
        "sys": [
            "modules", "meta_path", "path_hooks", "path_importer_cache", "_getframe", "_current_frames",
            "_current_exceptions", "settrace", "setprofile", "gettrace", "getprofile", "addaudithook", "call_tracing",
            "breakpointhook", "__breakpointhook__", "setrecursionlimit", "_clear_type_cache", "set_asyncgen_hooks",
            "set_coroutine_origin_tracking_depth", "last_traceback",
        ],
        "importlib": ["util", "machinery", "abc", "reload", "find_loader", "invalidate_caches", "_bootstrap"],
        "inspect": [
            "currentframe", "stack", "trace", "getinnerframes", "getouterframes", "getframeinfo", "getmodule",
            "getclosurevars", "getargvalues", "getgeneratorlocals", "getcoroutinelocals", "modulesbyfile",
        ],
        "types": ["CodeType", "FrameType"],
        "typing": ["sys", "io"],
        "xml.dom.domreg": ["well_known_implementations"],
        "numpy": ["ctypeslib"],
        "unittest": ["mock"],
    ]

    /// Names with a leading underscore that stay in views; any other of the standard library's is left out, because
    /// it is no interface.
    static let keptPrivateNames: [String: Set<String>] = [
        "os": ["_exit"],
        "sys": ["_MEIPASS"],
    ]

    /// Modules that are allowed by their own name alone, not by that of the package they are in.
    static let namedOnly: [String: String] = [
        "unittest.mock": "finds modules by name",
        "logging.config": "calls what a dictionary names",
        "importlib.util": "loads modules from files",
        "importlib.machinery": "loads modules from files",
        "importlib.abc": "loads modules from files",
        "importlib.resources": "reads the files of packages",
        "importlib.metadata": "loads what packages register",
        "numpy.ctypeslib": "loads libraries and reads memory",
        "numpy.f2py": "compiles and loads code",
        "numpy.distutils": "compiles and loads code",
        "numpy.testing": "runs text",
        "xml.sax.xmlreader": "opens files by name",
    ]

    /// Functions that are replaced by guarded ones.
    static let importFunctions: [String: Set<String>] = ["importlib": ["import_module", "__import__"]]

    /// Modules that C code imports from a task's frame when the task calls an allowed module: the module is loaded,
    /// the task does not get it.
    static let companions: Set<String> = ["_strptime", "_locale", "_bootlocale", "_compat_pickle"]
}
