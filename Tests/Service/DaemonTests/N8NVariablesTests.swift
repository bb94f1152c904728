import Foundation
import TestSupport
import Testing

/// Variables as n8n's own tools set them.
@Suite struct N8NVariablesTests {
    @Test func theSpellingsOfN8NsToolsStartTheService() async throws {
        let daemon = try await TestSupport.Daemon.start([
            "N8N_RUNNERS_LAUNCHER_LOG_LEVEL": "INFO", "N8N_RUNNERS_TASK_TIMEOUT": " 60 ",
            "N8N_RUNNERS_HEALTH_CHECK_SERVER_ENABLED": "0", "N8N_BLOCK_RUNNER_ENV_ACCESS": "TRUE",
        ])
        #expect(try await daemon.run("return 1").status == 200)
        #expect(!daemon.log.contains(" warning "), "\(daemon.log)")
    }

    /// Variables of n8n 2.28 to 3.0 and of launcher 1.5. Where they have no meaning here, they must not stop the start either,
    /// and the document says what they are for.
    @Test func variablesOfNewerN8NAreAcceptedAndNamedInTheDocument() async throws {
        let newer = [
            "N8N_RUNNERS_ALLOW_TRANSITIVE_IMPORTS": "false", "N8N_RUNNERS_ID": "an-id-of-the-operator",
            "N8N_RUNNERS_TASK_ACCEPT_TIMEOUT": "2", "N8N_RUNNER_ENV_ALLOW": "PATH,HOME",
            "N8N_RUNNERS_LAUNCHER_GRACEFUL_SHUTDOWN_TIMEOUT": "50", "N8N_RUNNERS_GRANT_TOKEN_TTL": "30",
        ]
        let daemon = try await TestSupport.Daemon.start(newer)
        #expect(try await daemon.run("return 1").status == 200)
        #expect(!daemon.log.contains(" warning "), "\(daemon.log)")
        let document = try String(contentsOfFile: "\(Programs.package)/docs/n8n.md", encoding: .utf8)
        for name in newer.keys { #expect(document.contains("`\(name)`"), "\(name)") }
        // The control: a variable that n8n does not have.
        #expect(!document.contains("`N8N_RUNNERS_NO_SUCH_VARIABLE`"))
    }

    @Test func aValueThatIsReplacedIsLogged() async throws {
        let daemon = try await TestSupport.Daemon.start([
            "N8N_RUNNERS_LAUNCHER_LOG_LEVEL": "silly", "N8N_RUNNERS_MAX_CONCURRENCY": "5000",
            "TERRARIUM_WARM_WORKERS": "1",
        ])
        let warnings = daemon.log.split(separator: "\n").filter { $0.contains("setting replaced or ignored") }
        #expect(warnings.count == 2, "\(daemon.log)")
        #expect(warnings.contains { $0.contains("info is used") })
        #expect(warnings.contains { $0.contains("1000 is used") })
    }

    @Test func ourOwnNamesStayStrict() async throws {
        let finished = try await Programs.run(
            Programs.terrarium,
            ["serve"],
            environment: ["TERRARIUM_LOG_LEVEL": "INFO"]
        )
        #expect(finished.status == 78)
        #expect(finished.errors.contains("TERRARIUM_LOG_LEVEL=\"INFO\""))
    }
}
