import Foundation
import TestSupport
import Testing

/// Every example runs as it is written down, against the service that the command starts for itself.
@Suite struct ExamplesTests {
    static let names: [String] = {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "\(Programs.package)/examples")) ?? []
        return entries.filter { FileManager.default.fileExists(atPath: "\(Programs.package)/examples/\($0)/command") }
            .sorted()
    }()

    private static func text(_ path: String) throws -> String {
        try String(contentsOfFile: "\(Programs.package)/\(path)", encoding: .utf8)
    }

    @Test func thereAreAtLeastSix() {
        #expect(Self.names.count >= 6)
    }

    @Test(arguments: names) func anExamplePrintsWhatItSays(name: String) async throws {
        let command = try Self.text("examples/\(name)/command")
        let finished = try await Shell.run(command)
        #expect(finished.status == 0, "\(finished.errors)")
        #expect(finished.output == (try Self.text("examples/\(name)/expected")))
    }

    @Test func theDemoShowsThemAll() async throws {
        let finished = try await Programs.run(
            "\(Programs.package)/scripts/demo.sh",
            [Programs.terrarium],
            environment: Shell.environment
        )
        #expect(finished.status == 0, "\(finished.errors)")
        for name in Self.names { #expect(finished.output.contains("=== \(name)\n")) }
    }
}

/// Commands as the documents write them, with `terrarium` being the program under test.
enum Shell {
    /// A user without a service: no runtime folder, and the sandbox's own log quiet.
    static var environment: [String: String] {
        ["PATH": "\(Programs.folder):/usr/bin:/bin", "XDG_RUNTIME_DIR": "/nonexistent"]
    }

    static func run(_ script: String, environment: [String: String] = [:]) async throws -> Programs.Finished {
        try await Programs.run(
            "/bin/sh",
            ["-c", script],
            environment: Self.environment.merging(environment) { $1 },
            folder: Programs.package
        )
    }
}

/// What docs/http-api.md says happens. scripts/readme-test.sh does the same for README.md.
@Suite struct DocumentedCommandsTests {
    /// The fenced blocks of a document that are of a kind, such as `console`.
    private static func blocks(_ kind: String, of document: String) throws -> [String] {
        let text = try String(contentsOfFile: "\(Programs.package)/\(document)", encoding: .utf8)
        return text.components(separatedBy: "```\(kind)\n").dropFirst().map {
            $0.components(separatedBy: "```")[0]
        }
    }

    @Test func theRequestOfTheDocumentIsAnswered() async throws {
        let daemon = try await Daemon.start()
        let block = try #require(try Self.blocks("sh", of: "docs/http-api.md").first)
        let script = block.replacingOccurrences(of: "/run/terrarium/terrarium.sock", with: daemon.socketPath)
        let finished = try await Shell.run(script)
        #expect(finished.output.contains(#""items":[{"json":{"n":2}}]"#), "\(finished.output)")
    }
}
