/// What the audit hook refuses, as data. Everything here is refused by the kernel as well; said by Python it comes with
/// a clear message, and where libraries try a thing and carry on without, as an error they expect.
enum AuditRules {
    /// Events that only make sense with certain modules: refused unless the operator listed one of those by name.
    struct Family {
        /// What the names of the events begin with.
        let prefix: StaticString
        let modules: [String]
        let reason: String
    }

    static let families: [Family] = [
        Family(prefix: "subprocess.", modules: ["subprocess", "os", "multiprocessing"], reason: "starts a program"),
        Family(prefix: "os.system", modules: ["os", "posix"], reason: "starts a program"),
        Family(prefix: "os.exec", modules: ["os", "posix"], reason: "starts a program"),
        Family(prefix: "os.fork", modules: ["os", "posix", "pty", "multiprocessing"], reason: "starts a process"),
        Family(prefix: "os.posix_spawn", modules: ["os", "posix"], reason: "starts a program"),
        Family(prefix: "os.spawn", modules: ["os", "posix"], reason: "starts a program"),
        Family(prefix: "os.kill", modules: ["os", "posix"], reason: "signals a process"),
        Family(
            prefix: "os.remove",
            modules: ["os", "posix", "shutil", "tempfile", "pathlib"],
            reason: "removes a file"
        ),
        Family(
            prefix: "os.rename",
            modules: ["os", "posix", "shutil", "tempfile", "pathlib"],
            reason: "renames a file"
        ),
        Family(
            prefix: "os.mkdir",
            modules: ["os", "posix", "shutil", "tempfile", "pathlib"],
            reason: "makes a folder"
        ),
        Family(prefix: "pty.", modules: ["pty"], reason: "starts a program"),
        Family(
            prefix: "socket.",
            modules: ["socket", "ssl", "asyncio", "http", "urllib", "smtplib", "ftplib", "socketserver", "imaplib"],
            reason: "uses the network"
        ),
        Family(prefix: "urllib.", modules: ["urllib"], reason: "uses the network"),
        Family(prefix: "http.", modules: ["http"], reason: "uses the network"),
        Family(prefix: "webbrowser.", modules: ["webbrowser"], reason: "starts a program"),
        Family(prefix: "mmap.", modules: ["mmap"], reason: "maps memory"),
        Family(prefix: "ctypes.cdata", modules: ["ctypes"], reason: "reads memory"),
        Family(prefix: "ctypes.string_at", modules: ["ctypes"], reason: "reads memory"),
        Family(prefix: "ctypes.wstring_at", modules: ["ctypes"], reason: "reads memory"),
        Family(prefix: "gc.get_", modules: ["gc"], reason: "finds every object"),
        Family(prefix: "sys._current_frames", modules: ["sys"], reason: "finds frames"),
        Family(prefix: "sqlite3.connect", modules: ["sqlite3"], reason: "opens a file"),
        Family(prefix: "shutil.", modules: ["shutil"], reason: "changes files"),
        Family(prefix: "tempfile.", modules: ["tempfile"], reason: "makes files"),
        Family(prefix: "resource.", modules: ["resource"], reason: "changes limits"),
        Family(prefix: "fcntl.", modules: ["fcntl"], reason: "works on descriptors"),
        Family(prefix: "signal.", modules: ["signal"], reason: "signals a process"),
        Family(prefix: "syslog.", modules: ["syslog"], reason: "writes to the system's log"),
    ]

    /// Modules by which an operator who lists one grants files: opening is then a matter for the kernel.
    static let fileModules = [
        "os", "posix", "pathlib", "shutil", "tempfile", "glob", "fileinput", "zipfile", "tarfile", "sqlite3",
        "mimetypes",
        "configparser", "logging", "dbm", "shelve", "mmap", "linecache", "tokenize",
    ]

    /// Folders that may be read beside the libraries: the time zone database.
    static let readableFolders = [
        "/usr/share/zoneinfo/", "/usr/lib/zoneinfo/", "/usr/share/lib/zoneinfo/", "/etc/zoneinfo/",
    ]
}
