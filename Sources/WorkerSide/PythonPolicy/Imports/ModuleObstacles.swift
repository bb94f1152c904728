/// Modules that do not work in a task even if they may be imported, because the sandbox has no network and starts no
/// programs.
enum ModuleObstacles {
    /// Why a module cannot work, and what to use instead; nil for any other module.
    static func obstacle(for name: String) -> String? {
        var rest = name[...]
        while true {
            if let found = Self.all.first(where: { $0.modules.contains(String(rest)) }) { return found.text }
            guard let dot = rest.lastIndex(of: ".") else { return nil }
            rest = rest[..<dot]
        }
    }

    private static let all: [(modules: Set<String>, text: String)] = [
        (
            [
                "requests", "httpx", "aiohttp", "urllib3", "urllib.request", "http.client", "socket", "socketserver",
                "ssl", "ftplib", "telnetlib", "websocket", "websockets", "paramiko", "boto3", "botocore", "openai",
                "anthropic", "xmlrpc",
            ],
            "a task has no network: fetch the data in a step before this one, such as an HTTP Request node, and read it from "
                + "the items"
        ),
        (
            ["smtplib", "imaplib", "poplib", "nntplib"],
            "a task has no network: send or read mail in a step of its own, and pass the text along with the items"
        ),
        (
            [
                "psycopg2", "psycopg", "pymysql", "MySQLdb", "pymongo", "redis", "pyodbc", "cx_Oracle", "oracledb",
                "asyncpg",
            ],
            "a task has no network: query the database in a step before this one, and read the rows from the items"
        ),
        (
            ["subprocess", "multiprocessing", "pty"],
            "a task starts no other programs and no processes: use a module that does the work in Python"
        ),
    ]
}
