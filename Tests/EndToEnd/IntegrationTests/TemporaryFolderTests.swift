import Foundation
import Glibc
import TestSupport
import Testing

/// The temporary folder of a task: its own, bounded, and the only place where it can write.
@Suite struct TemporaryFolderTests {
    /// A service whose tasks may use `os` and `open`, so that only the kernel restricts them.
    private static func service(_ settings: [String: String] = [:]) async throws -> Daemon {
        let own = [
            "TERRARIUM_TEMP_SIZE": "4M", "TERRARIUM_STDLIB_ALLOW": "@safe,os,tempfile,time",
            "TERRARIUM_BUILTINS_DENY": "eval",
        ]
        return try await Daemon.start(own.merging(settings) { $1 })
    }

    private static let keep = "open('/tmp/kept', 'w').write('x')\n"

    @Test func aTaskWritesInAFolderThatTheNextOneFindsEmpty() async throws {
        let daemon = try await Self.service()
        let code = Self.keep + "import os, tempfile\nreturn {'files': os.listdir('/tmp'), 'at': tempfile.gettempdir()}"
        for _ in 0..<3 {
            let reply = try await daemon.run(code)
            #expect(reply.items == #"[{"json":{"at":"/tmp","files":["kept"]}}]"#, "\(reply.text)\n\(daemon.log)")
        }
        let layers = try await daemon.request("GET", "/v1/info").text
        #expect(layers.contains(#""name":"temporary_folder","active":true"#), "\(layers)")
        // Control: without the setting there is no folder, and a hint names it.
        let without = try await Self.service(["TERRARIUM_TEMP_SIZE": "0"])
        let refused = try await without.run(code)
        #expect(refused.outcome == "python_error", "\(refused.text)")
        #expect(refused.text.contains("TERRARIUM_TEMP_SIZE"), "\(refused.text)")
    }

    @Test func twoTasksAtOnceDoNotSeeEachOthersFiles() async throws {
        let daemon = try await Self.service()
        let running = try await offloaded {
            let connection = try daemon.connect()
            let body = Daemon.body(Self.keep + "import time\nprint('written', flush=True)\ntime.sleep(50)")
            try connection.send("POST", "/v1/run", headers: ["Accept": "application/x-ndjson"], body: body)
            _ = try connection.receiveHead()
            try connection.receiveEvents(until: "written")
            return connection
        }
        let other = try await daemon.run("import os\nreturn {'files': os.listdir('/tmp')}")
        #expect(other.items == #"[{"json":{"files":[]}}]"#, "\(other.text)")
        running.hangUp()
    }

    @Test func aFullFolderIsReportedWithTheSettingAndBoundsTheTaskOnly() async throws {
        let daemon = try await Self.service()
        let fill = "f = open('/tmp/full', 'wb')\nwhile True: f.write(b'x' * (1 << 16))"
        let full = try await daemon.run(fill)
        #expect(full.outcome == "python_error")
        #expect(full.message.contains("[Errno 28]"), "\(full.text)")
        #expect(full.text.contains("TERRARIUM_TEMP_SIZE"), "\(full.text)")
        // The sizes at which it happens: all but a page or two.
        let size = try await daemon.run(
            "import os\nn = 0\nf = os.open('/tmp/full', os.O_CREAT | os.O_WRONLY)\n"
                + "try:\n    while True: n += os.write(f, b'x' * 4096)\nexcept OSError: return {'full': n >= 4 * 1048576 - 16384}"
        )
        #expect(size.items == #"[{"json":{"full":true}}]"#, "\(size.text)")
        // A file with holes cannot be larger either.
        let sparse = try await daemon.run("import os\nopen('/tmp/f', 'w').close()\nos.truncate('/tmp/f', 1 << 40)")
        #expect(sparse.outcome == "python_error", "\(sparse.text)")
    }

    @Test func aHundredThousandFilesEndInAFullFolder() async throws {
        let daemon = try await Self.service()
        let reply = try await daemon.run(
            "import os\nn = 0\ntry:\n    while n < 100000:\n        os.close(os.open(f'/tmp/{n}', os.O_CREAT))\n        n += 1\n"
                + "except OSError as error: return {'errno': error.errno, 'few': n <= 512}"
        )
        #expect(reply.items == #"[{"json":{"errno":28,"few":true}}]"#, "\(reply.text)")
        #expect(
            try await daemon.run("import os\nreturn {'n': len(os.listdir('/tmp'))}").items == #"[{"json":{"n":0}}]"#
        )
    }

    @Test func aKilledTasksFolderIsGoneWithIt() async throws {
        let daemon = try await Self.service(["TERRARIUM_TEMP_SIZE": "64M", "TERRARIUM_MAX_CONCURRENCY": "1"])
        let fill = "f = open('/tmp/full', 'wb')\nfor _ in range(60): f.write(b'x' * (1 << 20))\n"
        for _ in 0..<3 {
            let killed = try await daemon.run(fill + "while True: pass", timeout: 700)
            #expect(killed.outcome == "timed_out", "\(killed.text)")
        }
        #expect(
            try await daemon.run("import os\nreturn {'n': len(os.listdir('/tmp'))}").items == #"[{"json":{"n":0}}]"#
        )
    }

    @Test(arguments: [
        "os.symlink('/usr/lib', '/tmp/link')", "os.link('/usr/share/zoneinfo/UTC', '/tmp/link')",
        "os.mkfifo('/tmp/fifo')",
        "open('/tmp/../x', 'w')", "open('/private/x', 'w')", "open('/usr/share/zoneinfo/x', 'w')",
        "os.mkdir('/private/d')",
        "os.rename('/tmp', '/other')", "os.rmdir('/private/tmp')", "os.chmod('/usr/share/zoneinfo/UTC', 0o777)",
        "os.open('x', os.O_CREAT | os.O_WRONLY, dir_fd=os.open('/usr/share/zoneinfo', os.O_RDONLY))",
        "os.open('../x', os.O_CREAT | os.O_WRONLY, dir_fd=os.open('/tmp', os.O_RDONLY))",
        "os.execv('/tmp/program', ['x'])", "os.chroot('/tmp')", "os.chown('/tmp', 0, 0)",
    ])
    func noWayLeadsOutOfTheFolder(attempt: String) async throws {
        let daemon = try await Self.shared.value
        let prepare = "import os\nopen('/tmp/program', 'w').write('#!/bin/sh')\nos.chmod('/tmp/program', 0o755)\n"
        let reply = try await daemon.run(prepare + attempt)
        #expect(["python_error", "worker_died"].contains(reply.outcome), "\(attempt): \(reply.text)")
        // Control: the same code without the attempt.
        #expect(try await daemon.run(prepare).outcome == "succeeded")
    }

    @Test func openReachesTheFolderOnlyWhereTheOperatorAllowsIt() async throws {
        let read = "return {'n': len(open('/usr/share/zoneinfo/UTC', 'rb').read()) > 0}"
        let settings = ["TERRARIUM_STDLIB_ALLOW": "@safe"]
        let allowed = try await Self.service(settings)
        #expect(try await allowed.run(Self.keep + "return {'v': open('/tmp/kept').read()}").outcome == "succeeded")
        // The path without the link /tmp, which libraries get when they resolve it.
        let resolved = Self.keep + "return {'v': open('/private/tmp/kept').read()}"
        #expect(try await allowed.run(resolved).outcome == "succeeded")
        let refused = try await allowed.run(read)
        #expect(refused.message.contains("opens a file outside of /tmp"), "\(refused.text)")
        // Control: where a module that opens files is listed, the kernel decides.
        #expect(try await Self.service().run(read).outcome == "succeeded")
        // `open` is denied by default, with and without a folder.
        let denied = try await Daemon.start(["TERRARIUM_TEMP_SIZE": "4M"])
        #expect(try await denied.run(Self.keep).outcome == "policy_violation")
    }

    /// What libraries do with temporary files.
    private static let package = """
        import os, shutil, tempfile
        PLACE = os.environ.get("TMPDIR"), os.environ.get("HOME"), os.environ.get("MPLCONFIGDIR")
        def use():
            with tempfile.NamedTemporaryFile("w+") as named, tempfile.TemporaryFile() as unnamed:
                named.write("text"); named.seek(0); unnamed.write(b"x")
                text = named.read()
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "a", "b")
                os.makedirs(path)
                with open(os.path.join(path, "c"), "w") as file: file.write("y")
                shutil.copy(os.path.join(path, "c"), os.path.join(folder, "d"))
                os.rename(os.path.join(folder, "d"), os.path.join(folder, "e"))
                found = sorted(os.listdir(folder))
            # What a library has made of the path by resolving links, as matplotlib does.
            with open(os.path.join(os.path.realpath(tempfile.gettempdir()), "f"), "w") as file: file.write("z")
            os.remove(os.path.join(tempfile.gettempdir(), "f"))
            return [text, found, os.listdir(tempfile.gettempdir())]
        """

    @Test(arguments: [["TERRARIUM_PRELOAD": "auto"], ["TERRARIUM_PRELOAD": "none"], ["TERRARIUM_EXTERNAL_ALLOW": "*"]])
    func libraryCodeHasAFolderWhereATaskMayImportPackages(settings: [String: String]) async throws {
        let folder = try ScratchFolder(mode: 0o755)
        _ = try folder.file("library.py", Self.package)
        let own = ["TERRARIUM_SITE_PACKAGES": folder.path, "TERRARIUM_EXTERNAL_ALLOW": "library"]
        let daemon = try await Daemon.start(own.merging(settings) { $1 })
        let reply = try await daemon.run(
            "import library\nreturn {'used': library.use(), 'same': len(set(library.PLACE))}"
        )
        #expect(reply.items == #"[{"json":{"same":1,"used":["text",["a","e"],[]]}}]"#, "\(reply.text)\n\(daemon.log)")
        // Control: switched off.
        let without = try await Daemon.start(own.merging(settings) { $1 }.merging(["TERRARIUM_TEMP_SIZE": "0"]) { $1 })
        let refused = try await without.run("import library\nreturn {'used': library.use()}")
        #expect(refused.outcome == "python_error")
        #expect(refused.text.contains("TERRARIUM_TEMP_SIZE gives each task"), "\(refused.text)")
    }

    @Test(arguments: ["os", "os,tempfile"], ["auto", "none"])
    func aTaskSeesNoVariableAndLibrariesSeeTheirs(modules: String, preload: String) async throws {
        let folder = try ScratchFolder(mode: 0o755)
        let library =
            "import os\ndef names(): return sorted(k for k in os.environ if k in ('HOME', 'LANG', 'TMPDIR', 'TZ'))\n"
        _ = try folder.file("library.py", library)
        let daemon = try await Daemon.start([
            "TERRARIUM_SITE_PACKAGES": folder.path, "TERRARIUM_EXTERNAL_ALLOW": "library",
            "TERRARIUM_STDLIB_ALLOW": modules, "TERRARIUM_PRELOAD": preload,
        ])
        let code = """
            import os, library
            seen = [len(os.environ), len(os.environb), os.getenv("TZ"), os.getenv("TZ", "none"), os.getenvb(b"TZ")]
            os.environ["SET"] = "1"
            return {"seen": seen, "set": [os.getenv("SET"), dict(os.environb)[b"SET"].decode()], "names": library.names()}
            """
        let names = #"["HOME","LANG","TMPDIR","TZ"]"#
        let expected = #"[{"json":{"names":\#(names),"seen":[0,0,null,"none",null],"set":["1","1"]}}]"#
        #expect(try await daemon.run(code).items == expected)
        // Control: variables that the operator shows are seen, and none of the worker's own.
        let shown = try await Daemon.start([
            "TERRARIUM_STDLIB_ALLOW": modules, "N8N_BLOCK_RUNNER_ENV_ACCESS": "false", "GREETING": "hello",
        ])
        let reply = try await shown.run("import os\nreturn {'v': [os.getenv('GREETING'), 'LANG' in os.environ]}")
        #expect(reply.items == #"[{"json":{"v":["hello",false]}}]"#, "\(reply.text)")
    }

    @Test func whereTheWholeStandardLibraryIsAllowedOnlyTheFoldersVariablesAreSeen() async throws {
        let code = "import os\nreturn {'seen': sorted(os.environ), 'zone': os.getenv('TZ')}"
        let folder = try await Daemon.start(["TERRARIUM_STDLIB_ALLOW": "*", "TERRARIUM_TEMP_SIZE": "1M"])
        let seen = #"[{"json":{"seen":["HOME","MPLCONFIGDIR","TMPDIR"],"zone":null}}]"#
        #expect(try await folder.run(code).items == seen)
        let none = try await Daemon.start(["TERRARIUM_STDLIB_ALLOW": "*"])
        #expect(try await none.run(code).items == #"[{"json":{"seen":[],"zone":null}}]"#)
    }

    @Test func tasksWithoutPackagesHaveNoFolderBesideThoseWith() async throws {
        let folder = try ScratchFolder(mode: 0o755)
        _ = try folder.file("library.py", "VALUE = 1\n")
        let daemon = try await Daemon.start([
            "TERRARIUM_SITE_PACKAGES": folder.path, "TERRARIUM_EXTERNAL_ALLOW": "library",
            "TERRARIUM_STDLIB_ALLOW": "os",
        ])
        let code = "import os\nreturn {'there': os.path.exists('/private/tmp')}"
        #expect(try await daemon.run(code).items == #"[{"json":{"there":false}}]"#)
        #expect(try await daemon.run("import library\n" + code).items == #"[{"json":{"there":true}}]"#)
    }

    @Test func aForkServerWithoutItsMakerOfFoldersIsReplaced() async throws {
        let daemon = try await Self.service()
        let makers = ProcessTree.descendants(of: daemon.pid).filter { Self.name(of: $0) == "terrarium-temp" }
        #expect(makers.count == 1)
        for maker in makers { kill(maker, SIGKILL) }
        #expect(ProcessTree.allEnd(makers))
        let sample = "\nterrarium_fork_server_starts_total 2\n"
        var page = ""
        for _ in 0..<6000 where !page.contains(sample) {
            page = try await daemon.request("GET", "/metrics").text
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(page.contains(sample), "\(page)")
        #expect(try await daemon.run(Self.keep).outcome == "succeeded", "\(daemon.log)")
    }

    private static func name(of pid: Int32) -> String {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8)) ?? ""
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// One service for the attempts, which leave nothing behind.
    private static let shared = Task { try await Self.service() }
}
