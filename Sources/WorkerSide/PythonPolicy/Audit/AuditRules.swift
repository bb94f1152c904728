/// The events that the audit hook refuses, as data with reasons. The kernel refuses these operations as well. The hook's
/// refusal has a clear message, and is an exception that libraries handle when they try an optional operation.
enum AuditRules {
    /// A group of events that belong to certain modules. They are refused unless the operator listed one of these
    /// modules by name.
    struct EventFamily {
        /// The prefix of the events' names.
        let prefix: StaticString
        let modules: [String]
        /// Whether library code may cause the events: a task cannot call the functions themselves, and the kernel limits
        /// what they do.
        var isForLibraries = false
        let reason: String
        /// Whether the events are about files only, which the kernel restricts to the temporary folder of a task.
        var isPermittedInTemporaryFolder: Bool { AuditRules.fileFamilies.contains { $0 == self.prefix.description } }
    }

    /// The prefixes of events that are permitted where a task has a temporary folder: libraries make and remove files there.
    private static let fileFamilies = ["os.remove", "os.rename", "os.mkdir", "shutil.", "tempfile."]

    /// Events of a refused group that are permitted nevertheless.
    static let harmless: [(name: StaticString, reason: String)] = [
        ("socket.gethostname", "the name of the sandbox's own namespace, which packages put into identifiers")
    ]

    /// Library code that makes or copies code objects contains one of these names.
    static let codeMakers: [StaticString] = ["CodeType", "__code__"]

    /// Library code that makes functions of code objects contains one of these names.
    static let functionMakers: [StaticString] = ["FunctionType", "LambdaType"]

    static let families: [EventFamily] = [
        EventFamily(
            prefix: "subprocess.",
            modules: ["subprocess", "os", "multiprocessing"],
            reason: "starts a program"
        ),
        EventFamily(prefix: "os.system", modules: ["os", "posix"], reason: "starts a program"),
        EventFamily(prefix: "os.exec", modules: ["os", "posix"], reason: "starts a program"),
        EventFamily(prefix: "os.fork", modules: ["os", "posix", "pty", "multiprocessing"], reason: "starts a process"),
        EventFamily(prefix: "os.posix_spawn", modules: ["os", "posix"], reason: "starts a program"),
        EventFamily(prefix: "os.spawn", modules: ["os", "posix"], reason: "starts a program"),
        EventFamily(prefix: "os.kill", modules: ["os", "posix"], reason: "signals a process"),
        EventFamily(
            prefix: "os.remove",
            modules: ["os", "posix", "shutil", "tempfile", "pathlib"],
            reason: "removes a file"
        ),
        EventFamily(
            prefix: "os.rename",
            modules: ["os", "posix", "shutil", "tempfile", "pathlib"],
            reason: "renames a file"
        ),
        EventFamily(
            prefix: "os.mkdir",
            modules: ["os", "posix", "shutil", "tempfile", "pathlib"],
            reason: "makes a folder"
        ),
        EventFamily(prefix: "pty.", modules: ["pty"], reason: "starts a program"),
        EventFamily(
            prefix: "socket.",
            modules: ["socket", "ssl", "asyncio", "http", "urllib", "smtplib", "ftplib", "socketserver", "imaplib"],
            reason: "uses the network"
        ),
        EventFamily(prefix: "urllib.", modules: ["urllib"], reason: "uses the network"),
        EventFamily(prefix: "http.", modules: ["http"], reason: "uses the network"),
        EventFamily(prefix: "webbrowser.", modules: ["webbrowser"], reason: "starts a program"),
        EventFamily(prefix: "mmap.", modules: ["mmap"], isForLibraries: true, reason: "maps memory"),
        EventFamily(prefix: "ctypes.cdata", modules: ["ctypes"], isForLibraries: true, reason: "reads memory"),
        EventFamily(prefix: "ctypes.string_at", modules: ["ctypes"], isForLibraries: true, reason: "reads memory"),
        EventFamily(prefix: "ctypes.wstring_at", modules: ["ctypes"], isForLibraries: true, reason: "reads memory"),
        EventFamily(prefix: "gc.get_", modules: ["gc"], isForLibraries: true, reason: "finds every object"),
        EventFamily(prefix: "sys._current_frames", modules: ["sys"], isForLibraries: true, reason: "finds frames"),
        EventFamily(prefix: "sqlite3.connect", modules: ["sqlite3"], reason: "opens a file"),
        EventFamily(prefix: "shutil.", modules: ["shutil"], reason: "changes files"),
        EventFamily(prefix: "tempfile.", modules: ["tempfile"], reason: "makes files"),
        EventFamily(prefix: "resource.", modules: ["resource"], reason: "changes limits"),
        EventFamily(prefix: "fcntl.", modules: ["fcntl"], reason: "changes file descriptors"),
        EventFamily(prefix: "signal.", modules: ["signal"], reason: "signals a process"),
        // Another interpreter in this process would not have the guards.
        EventFamily(prefix: "cpython.PyInterpreterState_New", modules: [], reason: "makes an interpreter"),
        EventFamily(prefix: "sys.remote_exec", modules: [], reason: "makes a process run a file"),
        EventFamily(prefix: "syslog.", modules: ["syslog"], reason: "writes to the system's log"),
    ]

    /// Modules that need files. If the operator lists one of them by name, the hook permits every `open`, and only the
    /// kernel restricts it.
    static let fileModules = [
        "os", "posix", "pathlib", "shutil", "tempfile", "glob", "fileinput", "zipfile", "tarfile", "sqlite3",
        "mimetypes",
        "configparser", "logging", "dbm", "shelve", "mmap", "linecache", "tokenize",
    ]

    /// Modules that set trace functions. A trace function receives every function and value that library code uses, so
    /// listing one of these gives up the attribute guards.
    static let tracingModules = ["bdb", "cProfile", "pdb", "profile", "trace"]

    /// Functions that pickles name although no view shows them. They are permitted, because they only make an object of
    /// the class or text that they are given.
    static let rebuilders: Set<String> = [
        // The older protocols use them for objects of every class, and for bytes.
        "copyreg._reconstructor", "copyreg.__newobj__", "copyreg.__newobj_ex__", "_codecs.encode",
        "array._array_reconstructor", "re._compile",
    ]

    /// Packages that unpickle data of their caller. They may unpickle only what a task may import. Any other package
    /// may also unpickle classes of its own.
    static let unpicklers: [(package: String, reason: String)] = [
        ("cloudpickle", "loads is the function of pickle"),
        ("dill", "loads and load take any bytes"),
        ("joblib", "load takes any file"),
        ("jsonpickle", "decode makes what the text names"),
        ("numpy", "load takes any file, and numpy has functions that import by name"),
        ("pandas", "read_pickle takes any file"),
        ("scipy", "loadmat and the tables of sparse matrices take any file"),
        ("torch", "load takes any file"),
    ]

    /// Prefixes of files that packages read about the machine while they are imported. Inside a worker most of them are
    /// missing.
    static let filesForLibraries = [
        "/dev/null", "/etc/mime.types", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu/", "/sys/fs/cgroup/",
    ]

    /// Folders outside the libraries that tasks may read: the time zone database.
    static let readableFolders = [
        "/usr/share/zoneinfo/", "/usr/lib/zoneinfo/", "/usr/share/lib/zoneinfo/", "/etc/zoneinfo/",
    ]
}
