import Foundation
import TestSupport
import Testing

/// The program as it is installed, where no service is needed.
@Suite struct ProgramTests {
    private func terrarium(
        _ arguments: String...,
        environment: [String: String] = [:],
        input: String? = nil
    ) async throws -> Programs.Finished {
        try await Programs.run(Programs.terrarium, arguments, environment: environment, input: input)
    }

    @Test func badUsageIsExitTwoAndSaysWhy() async throws {
        let nothing = try await self.terrarium("run")
        #expect(nothing.status == 2)
        #expect(nothing.errors.contains("Give the code once"))
        #expect(try await self.terrarium("fly").status == 2)
        #expect(try await self.terrarium("run", "-c", "return []", "--timeout", "soon").status == 2)
        #expect(try await self.terrarium("run", "-", "--items", "-").errors.contains("both"))
    }

    @Test func anInterpreterThatIsNotThereSaysWhatToInstall() async throws {
        let folder = try ScratchFolder()
        let install = ["packages", "install", "-r", "requirements.txt", "--into", folder.path, "--python"]
        let finished = try await Programs.run(Programs.terrarium, install + ["\(folder.path)/python3"])
        #expect(finished.status == 1)
        #expect(finished.errors.contains("cannot run \(folder.path)/python3: No such file or directory"))
        #expect(finished.errors.contains("python3-pip") && finished.errors.contains("--python"))
        // The control: one that is there is run, with what pip is to do.
        let echo = try await Programs.run(Programs.terrarium, install + ["/bin/echo"])
        #expect(echo.status == 0 && echo.output.hasPrefix("-m pip install --only-binary :all:"), "\(echo.errors)")
    }

    @Test func badInputIsExitTwoAndNamesIt() async throws {
        let folder = try ScratchFolder()
        let missing = try await self.terrarium("run", "\(folder.path)/none.py")
        #expect(missing.status == 2)
        #expect(missing.errors == "error: cannot read \"\(folder.path)/none.py\": No such file or directory\n")
        #expect(try await self.terrarium("run", folder.path).errors.contains("it is a directory"))
        let latin = "\(folder.path)/latin.py"
        try Data([0x78, 0x0A, 0xE4]).write(to: URL(fileURLWithPath: latin))
        let notText = try await self.terrarium("run", latin)
        #expect(notText.status == 2)
        #expect(notText.errors.contains("is not UTF-8: byte 2, line 2"))
        let items = try await self.terrarium("run", "-c", "return []", "--items", "-", input: "[1]")
        #expect(items.status == 2)
        #expect(items.errors.contains("standard input"))
    }

    @Test func aNamedSocketWithoutAServiceIsExitThreeAndNeverAnEmbeddedOne() async throws {
        let folder = try ScratchFolder()
        let named = try await self.terrarium("run", "-c", "return []", "--socket", "\(folder.path)/none")
        #expect(named.status == 3)
        #expect(named.errors.contains("no service answers at \(folder.path)/none"))
        let dead = try folder.file("dead", "not a socket")
        let refused = try await self.terrarium("run", "-c", "return []", environment: ["TERRARIUM_SOCKET": dead])
        #expect(refused.status == 3)
        // A default socket that is there but does not answer.
        _ = try folder.file("terrarium.sock", "")
        let found = try await self.terrarium("run", "-c", "return []", environment: ["XDG_RUNTIME_DIR": folder.path])
        #expect(found.status == 3)
        let none = try await self.terrarium("tasks", environment: ["XDG_RUNTIME_DIR": "/nowhere"])
        #expect(none.status == 3)
    }

    @Test func configSaysWhereValuesCameFromAndHidesSecrets() async throws {
        let folder = try ScratchFolder()
        let file = try folder.file("runner.conf", "TERRARIUM_QUEUE_LIMIT=7\nTERRARIUM_AUTH_TOKEN=hunter2\n")
        let config = try await self.terrarium(
            "config",
            "--config",
            file,
            environment: ["N8N_RUNNERS_MAX_CONCURRENCY": "3"]
        )
        #expect(config.status == 0)
        let lines = config.output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        #expect(lines.contains("TERRARIUM_QUEUE_LIMIT \(file):1, TERRARIUM_QUEUE_LIMIT 7"))
        #expect(lines.contains("TERRARIUM_MAX_CONCURRENCY environment, N8N_RUNNERS_MAX_CONCURRENCY 3"))
        #expect(lines.contains("TERRARIUM_LOG_LEVEL default info"))
        #expect(!config.output.contains("hunter2"))
        let json = try await self.terrarium("config", "--config", file, "--format", "json")
        #expect(!json.output.contains("hunter2"))
        #expect(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) is [[String: String]])
    }

    @Test func configurationShowsWhatIsNotTakenAsItIsWritten() async throws {
        let environment = ["N8N_RUNNERS_LAUNCHER_LOG_LEVEL": "silly", "N8N_RUNNERS_TASK_TIMEOUT": " 5 "]
        let warning = "N8N_RUNNERS_LAUNCHER_LOG_LEVEL=\"silly\": is not a log level; info is used"
        let table = try await self.terrarium("config", environment: environment)
        #expect(table.status == 0)
        #expect(table.output.hasSuffix("\n\nwarning: \(warning)\n"))
        let json = try await self.terrarium("config", "--format", "json", environment: environment)
        let rows = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: String]])
        #expect(rows.compactMap { $0["warning"] } == [warning])
        let quiet = try await self.terrarium("config", environment: ["N8N_RUNNERS_LAUNCHER_LOG_LEVEL": "INFO"])
        #expect(quiet.status == 0)
        #expect(!quiet.output.contains("warning"))
    }

    @Test func aBadConfigurationIsExitSeventyEightInOneLine() async throws {
        let unknown = try await self.terrarium("serve", environment: ["TERRARIUM_STDLIB_ALOW": "json"])
        #expect(unknown.status == 78)
        #expect(unknown.errors.contains("did you mean TERRARIUM_STDLIB_ALLOW?"))
        #expect(unknown.errors.split(separator: "\n").count == 1)
        let missing = try await self.terrarium("serve", "--config", "/nowhere.conf")
        #expect(missing.status == 78)
        #expect(missing.errors.contains("/nowhere.conf"))
    }

    @Test func aCheckOfTheConfigurationPrintsOnlyWhatIsWrong() async throws {
        let folder = try ScratchFolder()
        let good = try folder.file("good.conf", "TERRARIUM_QUEUE_LIMIT=7\n")
        let fine = try await self.terrarium("config", "--check", "--config", good)
        #expect(fine.status == 0 && fine.output.isEmpty && fine.errors.isEmpty, "\(fine.errors)")
        let bad = try folder.file("bad.conf", "TERRARIUM_QUEUE_LIMIT=many\n")
        let wrong = try await self.terrarium("config", "--check", "--config", bad)
        #expect(wrong.status == 78 && wrong.output.isEmpty)
        #expect(wrong.errors.contains("\(bad):1"), "\(wrong.errors)")
        let warned = try await self.terrarium(
            "config",
            "--check",
            environment: ["N8N_RUNNERS_LAUNCHER_LOG_LEVEL": "silly"]
        )
        #expect(warned.status == 0 && warned.errors.hasPrefix("warning: N8N_RUNNERS_LAUNCHER_LOG_LEVEL"))
    }

    @Test func aFullDiskIsNoticed() async throws {
        let shell = try await Programs.run("/bin/sh", ["-c", "exec '\(Programs.terrarium)' config >/dev/full"])
        #expect(shell.status == 1)
        #expect(shell.errors.contains("cannot write"))
    }

    @Test func itemsAreReadFromAPipeWithoutBeingNamed() async throws {
        let code = "return [{'n': len(_items)}]"
        let piped = try await self.terrarium("run", "-c", code, "--format", "ndjson", input: "[{\"a\": 1}, {\"a\": 2}]")
        #expect(piped.output.contains("\"n\":2"), "\(piped.errors)")
        // Controls: an empty pipe has no items, and what a named file has is not mixed with the pipe's.
        let empty = try await self.terrarium("run", "-c", code, "--format", "ndjson", input: " \n")
        #expect(empty.output.contains("\"n\":0"), "\(empty.errors)")
        let folder = try ScratchFolder()
        let file = try folder.file("items.json", "[{\"a\": 1}]")
        let named = try await self.terrarium(
            "run",
            "-c",
            code,
            "--items",
            file,
            "--format",
            "ndjson",
            input: "[{}, {}]"
        )
        #expect(named.output.contains("\"n\":1"), "\(named.errors)")
    }

    @Test func codeWithoutAReturnIsNoted() async throws {
        let nothing = try await self.terrarium("run", "-c", "total = 1")
        #expect(nothing.status == 0 && nothing.output == "[]\n")
        #expect(nothing.errors.contains("note: the code has no return"), "\(nothing.errors)")
        let main = try await self.terrarium("run", "-c", "def main(items):\n    return items\n")
        #expect(main.output == "[]\n")
        #expect(main.errors.contains("note: line 1: the code returns nothing: it defines main()"), "\(main.errors)")
        // The control: an empty list that is returned is what was wanted.
        let empty = try await self.terrarium("run", "-c", "return []")
        #expect(empty.output == "[]\n" && !empty.errors.contains("has no return"), "\(empty.errors)")
    }

    @Test func aReaderThatHasEndedEndsTheCommandQuietly() async throws {
        let errors = Pipe()
        let output = Pipe()
        try output.fileHandleForReading.close()
        let text: String = try await offloaded {
            let process = try ChildProcess(
                Programs.terrarium,
                ["run", "-c", "return [{'a': 1}]"],
                output: output.fileHandleForWriting,
                errors: errors.fileHandleForWriting
            )
            try errors.fileHandleForWriting.close()
            let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            #expect(process.wait() == 128 + SIGPIPE)
            return text
        }
        #expect(!text.contains("cannot write") && !text.contains("Broken pipe"), "\(text)")
        // The control: what else standard error has is there.
        #expect(text.contains("note: no service is running"), "\(text)")
    }
}
