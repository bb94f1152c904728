import Settings
import Tasks
import TestSupport
import Testing
import WorkerPool

@testable import Daemon

@Suite struct TimeZoneTests {
    @Test func onlyNamesOfTimeZonesArePassedOn() {
        #expect(WorkerPoolConfiguration.timeZone("Europe/Berlin") == "Europe/Berlin")
        for bad in ["", "../../etc/passwd", "/etc/passwd", "Europe/../UTC", ":UTC", "No/Where", "UTC\n", "EST5EDT,M3"] {
            #expect(WorkerPoolConfiguration.timeZone(bad) == nil)
        }
    }
}

@Suite struct ShownEnvironmentTests {
    @Test func tokensAndLoaderVariablesAreNeverShown() throws {
        let environment = ["PATH": "/bin", "GREETING": "hello", "TERRARIUM_AUTH_TOKEN": "x", "LD_PRELOAD": "/evil.so"]
        #expect(WorkerPoolConfiguration.shownEnvironment(environment) == ["GREETING=hello", "PATH=/bin"])
        #expect(
            WorkerPoolConfiguration.shownEnvironment([
                "N8N_RUNNERS_GRANT_TOKEN_FILE": "/t", "TZ": "x", "PYTHONPATH": "y",
            ]) == []
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

@Suite struct TemporaryFolderSizeTests {
    /// The folders of workers with preloaded packages, and of the others.
    private func sizes(_ settings: (inout ServiceSettings) -> Void) throws -> [Int] {
        var all = ServiceSettings()
        all.workerUser = .identity(WorkerIdentity(uid: 64_999, gid: 64_999))
        settings(&all)
        let pool = try WorkerPoolConfiguration(all, environment: [:], program: "/program")
        return [pool.withPackages.worker.temporaryFolder, pool.withoutPackages.worker.temporaryFolder]
    }

    @Test func onlyWorkersForTasksWithPackagesHaveOneByDefault() throws {
        #expect(try self.sizes { $0.externalAllow = ["pandas"] } == [64 << 20, 0])
        #expect(try self.sizes { _ in }[1] == 0)
    }

    @Test func whereNoPackageIsPreloadedTheWorkersOfAllTasksHaveOne() throws {
        let withoutPreload = try self.sizes {
            $0.externalAllow = ["pandas"]
            $0.preload = .none
        }
        #expect(withoutPreload[1] == 64 << 20)
        #expect(try self.sizes { $0.externalAllow = ["*"] }[1] == 64 << 20)
    }

    @Test func aSizeIsThatOfEveryWorkerAndZeroIsNone() throws {
        #expect(try self.sizes { $0.temporaryFolder = 1 << 20 } == [1 << 20, 1 << 20])
        let none = try self.sizes {
            $0.externalAllow = ["pandas"]
            $0.temporaryFolder = 0
        }
        #expect(none == [0, 0])
    }
}
