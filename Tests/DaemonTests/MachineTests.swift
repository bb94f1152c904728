import Foundation
import Tasks
import TestSupport
import Testing
import WorkerPool

@testable import Daemon

@Suite struct WorkerProgramTests {
    @Test func theWorkerIsFoundBesideTheProgramOrWherePackagesPutIt() throws {
        let folder = try ScratchFolder()
        let files = FileManager.default
        for path in ["bin", "libexec/terrarium"] {
            try files.createDirectory(atPath: "\(folder.path)/\(path)", withIntermediateDirectories: true)
        }
        let program = "\(folder.path)/bin/terrarium"
        let error = #expect(throws: ServiceStartError.self) { try WorkerProgram.path(executable: program) }
        #expect(error?.message.contains("\(folder.path)/bin/terrarium-worker") == true)
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o755]
        let packaged = "\(folder.path)/libexec/terrarium/terrarium-worker"
        _ = files.createFile(atPath: packaged, contents: nil, attributes: attributes)
        #expect(try WorkerProgram.path(executable: program) == packaged)
        let beside = "\(folder.path)/bin/terrarium-worker"
        _ = files.createFile(atPath: beside, contents: nil, attributes: attributes)
        #expect(try WorkerProgram.path(executable: program) == beside)
    }
}

@Suite struct MachineAccountsTests {
    @Test func usersAndGroupsAreLookedUp() throws {
        #expect(try MachineAccounts.user("root") == WorkerIdentity(uid: 0, gid: 0))
        #expect(try MachineAccounts.group("root") == 0)
        #expect(try MachineAccounts.user("no-such-user") == nil)
        #expect(try MachineAccounts.group("no-such-group") == nil)
    }

    @Test func workersAreNeverRootNorAMissingUser() throws {
        #expect(throws: ServiceStartError.self) { try MachineAccounts.identity(.name("no-such-user")) }
        #expect(throws: ServiceStartError.self) { try MachineAccounts.identity(.name("root")) }
        #expect(try MachineAccounts.identity(.automatic).uid != 0)
    }
}

@Suite struct TimeZoneTests {
    @Test func onlyNamesOfTimeZonesArePassedOn() {
        #expect(WorkerPoolConfiguration.timeZone("Europe/Berlin") == "Europe/Berlin")
        for bad in ["", "../../etc/passwd", "/etc/passwd", "Europe/../UTC", ":UTC", "No/Where", "UTC\n", "EST5EDT,M3"] {
            #expect(WorkerPoolConfiguration.timeZone(bad) == nil)
        }
    }
}

@Suite struct ShownEnvironmentTests {
    @Test func nothingIsShownUnlessItIsWanted() throws {
        let environment = ["PATH": "/bin", "GREETING": "hello", "TERRARIUM_AUTH_TOKEN": "x", "LD_PRELOAD": "/evil.so"]
        #expect(WorkerPoolConfiguration.shown(environment) == ["GREETING=hello", "PATH=/bin"])
        #expect(
            WorkerPoolConfiguration.shown(["N8N_RUNNERS_GRANT_TOKEN_FILE": "/t", "TZ": "x", "PYTHONPATH": "y"]) == []
        )
    }

    @Test func tasksSeeTheEnvironmentOnlyWhenTheOperatorSaysSoAndTokensNever() async throws {
        let code = "import os\nreturn {'seen': sorted(k for k in os.environ if k.startswith(('GREET', 'TERRARIUM')))}"
        let variables = [
            "TERRARIUM_STDLIB_ALLOW": "os", "GREETING": "hello", "TERRARIUM_TASK_TIMEOUT": "9",
            "TERRARIUM_GRANT_TOKEN": "secret", "TERRARIUM_TASK_BROKER_URI": "http://127.0.0.1:1",
        ]
        let blocked = try await TestSupport.Daemon.start(variables)
        #expect(try await blocked.run(code).text.contains(#""items":[{"json":{"seen":[]}"#))
        let shown = try await TestSupport.Daemon.start(
            variables.merging(["N8N_BLOCK_RUNNER_ENV_ACCESS": "false"]) { $1 }
        )
        let text = try await shown.run(code).text
        #expect(text.contains("GREETING"), "\(text)")
        #expect(text.contains("TERRARIUM_TASK_TIMEOUT"))
        #expect(!text.contains("TOKEN"))
        let info = try await shown.request("GET", "/v1/info").text
        #expect(info.contains("variables of the service are shown to tasks"))
    }
}

@Suite struct ConfigurationSourcesTests {
    @Test func aFileThatCannotBeTakenIsNamed() throws {
        let folder = try ScratchFolder()
        func message(_ path: String) -> String {
            do {
                _ = try ConfigurationSources.load(file: path, environment: [:])
                return "taken"
            } catch {
                return error.description
            }
        }
        #expect(message("\(folder.path)/none").hasSuffix("No such file or directory"))
        #expect(message(folder.path).contains("Is a directory"))
        let big = try folder.file("big", String(repeating: "#", count: 2 << 20))
        #expect(message(big).contains("larger than"))
        let good = try folder.file("good", "TERRARIUM_QUEUE_LIMIT=1")
        #expect(message(good) == "taken")
        let bad = "\(folder.path)/bad"
        try Data([0xFF]).write(to: URL(fileURLWithPath: bad))
        #expect(message(bad).contains("not UTF-8"))
    }
}

@Suite struct SocketFileTests {
    @Test func onlyTheServicesOwnFileIsRemoved() throws {
        let folder = try ScratchFolder()
        let path = try folder.file("socket", "")
        let file = try #require(SocketFile(path: path))
        // Another service took the path in the meantime.
        try FileManager.default.removeItem(atPath: path)
        let keeper = try folder.file("keeper", "")
        _ = try folder.file("socket", "")
        file.remove()
        #expect(FileManager.default.fileExists(atPath: path))
        #expect(FileManager.default.fileExists(atPath: keeper))
        SocketFile(path: path)?.remove()
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(SocketFile(path: path) == nil)
    }
}
