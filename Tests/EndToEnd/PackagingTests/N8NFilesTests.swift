import Foundation
import TestSupport
import Testing

/// docs/n8n.md and the files of packaging/n8n. check_n8n.py runs the blocks of the document or compares them with the files,
/// and holds the files against the service, the launcher's rules and, where it is installed, docker compose. `make deb-test`
/// carries out the Dockerfile.
@Suite struct N8NFilesTests {
    private static func check(_ package: String) async throws -> Programs.Finished {
        try await Programs.run(
            "/usr/bin/python3",
            ["\(Programs.package)/Tests/EndToEnd/DocumentChecks/check_n8n.py", package, Programs.terrarium]
        )
    }

    @Test func theDocumentAndTheFilesAgreeWithTheServiceAndWithCompose() async throws {
        let checked = try await Self.check(Programs.package)
        #expect(checked.status == 0, "\(checked.output)\(checked.errors)")
        for line in checked.output.split(separator: "\n") where line.hasPrefix("skipped: ") { print(line) }
    }

    private static let compose = "packaging/n8n/compose.yaml"
    private static let queue = "packaging/n8n/compose.queue.yaml"
    private static let document = "docs/n8n.md"

    /// A mistake in a file, and what is said about it.
    private struct Mistake {
        var file: String
        var right: String
        var wrong: String
        var said: String

        init(_ file: String, _ right: String, _ wrong: String, _ said: String) {
            (self.file, self.right, self.wrong, self.said) = (file, right, wrong, said)
        }
    }

    private static let mistakes = [
        Mistake(Self.queue, "service_healthy", "healthy", "is no condition"),
        Mistake(Self.compose, "    # Without depends_on", "    depends_on: {n8n: {}}\n    #", "is stopped before n8n"),
        Mistake("packaging/n8n/systemd/terrarium.conf", "Before=", "After=", "terrarium.conf: is stopped before n8n"),
        Mistake(Self.compose, "networks: [runners]", "networks: [runner]", "runner is not declared"),
        Mistake(Self.compose, "http://n8n:5679", "http://n8n:5678", "n8n: 0 services have its"),
        Mistake(Self.queue, "http://worker-2:5679", "http://worker-1:5679", "worker-1: 2 services have its"),
        Mistake(Self.queue, "interval: 10s", "interval: 10", "interval of the health check"),
        Mistake("packaging/n8n/python-runner.json", "_PRELOAD", "_PRELAOD", "setting: TERRARIUM_PRELAOD"),
        Mistake("packaging/n8n/use-terrarium.py", "others + [entry]", "[entry]", "use-terrarium.py: "),
        Mistake("packaging/n8n/values.8gears.yaml", "restartPolicy: Always", "restartPolicy: Never", "that ends"),
        Mistake("packaging/n8n/values.n8n.yaml", "nativePythonRunner", "native", "taskRunners.native"),
        Mistake("packaging/n8n/Dockerfile", "N8N_VERSION=2.40.5", "N8N_VERSION=2.40.4", "versions of n8n: "),
        Mistake(Self.document, "```sh launcher", "```sh nowhere", "\"sh nowhere\" is run nowhere"),
        Mistake(Self.document, "TERRARIUM_SOCKET=none ", "TERRARIUM_SOKET=none ", "TERRARIUM_SOKET"),
        Mistake(Self.document, "_RUNNERS_MODE=", "_RUNNERS_MODUS=", "variable: N8N_RUNNERS_MODUS"),
        Mistake(Self.document, "http://worker-1:5679", "http://worker-1:5678", "not as in \(Self.queue)"),
    ]

    @Test func mistakesAreFound() async throws {
        let folder = try ScratchFolder(mode: 0o755)
        for part in ["docs", "packaging"] {
            try FileManager.default.copyItem(atPath: "\(Programs.package)/\(part)", toPath: "\(folder.path)/\(part)")
        }
        for mistake in Self.mistakes {
            let path = "\(folder.path)/\(mistake.file)"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            try #require(text.contains(mistake.right), "\(mistake)")
            // Not atomically, which would take away the permission to execute.
            try text.replacing(mistake.right, with: mistake.wrong)
                .write(toFile: path, atomically: false, encoding: .utf8)
        }
        let checked = try await Self.check(folder.path)
        #expect(checked.status == 1, "\(checked.errors)")
        for mistake in Self.mistakes {
            #expect(checked.output.contains(mistake.said), "\(mistake): \(checked.output)")
        }
    }
}
