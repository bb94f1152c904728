/// The entries that views of modules leave out, as data with reasons.
enum ModuleViewRules {
    /// Modules whose functions, classes and instances appear in views of other modules only if the defining module is
    /// allowed: an import inside a library does not give the task access to the imported module.
    static let restrictedModules: [(name: StaticString, reason: String)] = [
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
        ("_interpreters", "other interpreters"),
        ("_interpchannels", "other interpreters"),
        ("_interpqueues", "other interpreters"),
        ("concurrent.interpreters", "other interpreters"),
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

    /// Names that are left out of a module's own view, because they give a task more than the import of the module
    /// grants.
    static let withheldNames: [String: Set<String>] = [
        "io": [
            "open", "open_code", "FileIO", "OpenWrapper", "BufferedReader", "BufferedWriter", "BufferedRandom",
            "BufferedRWPair",
        ],
        "codecs": ["open"],
        "sys": [
            "modules", "meta_path", "path_hooks", "path_importer_cache", "_getframe", "_current_frames",
            "_current_exceptions", "settrace", "setprofile", "gettrace", "getprofile", "monitoring", "addaudithook",
            "call_tracing",
            "breakpointhook", "__breakpointhook__", "setrecursionlimit", "_clear_type_cache", "set_asyncgen_hooks",
            "set_coroutine_origin_tracking_depth", "last_traceback", "activate_stack_trampoline",
            "deactivate_stack_trampoline", "remote_exec",
        ],
        "importlib": ["util", "machinery", "abc", "reload", "find_loader", "invalidate_caches", "_bootstrap"],
        "inspect": [
            "currentframe", "stack", "trace", "getinnerframes", "getouterframes", "getframeinfo", "getmodule",
            "getclosurevars", "getargvalues", "getgeneratorlocals", "getcoroutinelocals", "getasyncgenlocals",
            "modulesbyfile",
        ],
        "threading": [
            "settrace", "setprofile", "gettrace", "getprofile", "settrace_all_threads", "setprofile_all_threads",
        ],
        "types": ["CodeType", "FrameType"],
        "typing": ["sys", "io"],
        "xml.dom.domreg": ["well_known_implementations"],
        "xml.sax.saxutils": ["prepare_input_source"],
        "numpy": ["ctypeslib"],
        "unittest": ["mock"],
    ]

    /// Values that no view shows, whatever name a module has for them.
    static let hiddenValues: [(module: StaticString, name: StaticString, reason: String)] = [
        ("_io", "BufferedReader", "its buffer stays readable and writable by a raw stream after it is freed"),
        ("_io", "BufferedWriter", "its buffer stays readable by a raw stream after it is freed"),
        ("_io", "BufferedRandom", "its buffer stays readable and writable by a raw stream after it is freed"),
        ("_io", "BufferedRWPair", "its buffers stay readable and writable by a raw stream after they are freed"),
        ("xml.sax.saxutils", "prepare_input_source", "opens a file by name"),
        ("numpy._utils._inspect", "getargspec", "returns the defaults of a function"),
        ("numpy._utils._inspect", "getargvalues", "returns the variables of a frame"),
        ("numpy.compat._inspect", "getargspec", "returns the defaults of a function"),
        ("numpy.compat._inspect", "getargvalues", "returns the variables of a frame"),
        ("numpy._core._internal", "_ctypes", "reads memory at the address it is given"),
        ("numpy.core._internal", "_ctypes", "reads memory at the address it is given"),
    ]

    /// Names with a leading underscore that stay in views. All other such names of the standard library are left out,
    /// because they are not part of a module's interface.
    static let keptPrivateNames: [String: Set<String>] = [
        "os": ["_exit"],
        "sys": ["_MEIPASS"],
    ]

    /// Modules that are allowed only by an entry with their own name, not by one with their package's name.
    static let namedOnly: [String: String] = [
        "unittest.mock": "finds modules by name",
        "logging.config": "calls what a dictionary names",
        "importlib.util": "loads modules from files",
        "importlib.machinery": "loads modules from files",
        "importlib.abc": "loads modules from files",
        "importlib.readers": "reads the files of packages",
        "importlib.resources": "reads the files of packages",
        "importlib.metadata": "loads what packages register",
        "numpy.ctypeslib": "loads libraries and reads memory",
        "numpy.f2py": "compiles and loads code",
        "numpy.distutils": "compiles and loads code",
        "numpy.testing": "runs text",
        "xml.sax.xmlreader": "opens files by name",
    ]

    /// Functions that views replace by guarded ones, by module.
    static let importFunctions: [String: Set<String>] = ["importlib": ["import_module", "__import__"]]

    /// Modules that C code imports in a task's frame when the task calls an allowed module, or, from CPython 3.12 on,
    /// defines a class with type parameters (`typing`). The module is loaded, but the task gets no reference to it.
    static let implicitImports: Set<String> = [
        "_strptime", "_locale", "_bootlocale", "_compat_pickle", "_pylong", "typing",
    ]
}
