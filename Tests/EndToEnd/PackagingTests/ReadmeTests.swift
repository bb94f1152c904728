import Foundation
import TestSupport
import Testing

/// README.md: commands that work as pasted. `make test` runs the commands with
/// scripts/readme-test.sh, outside of the test runner, which holds the build folder that `make demo` builds in.
@Suite struct ReadmeTests {
    /// Runs a document's commands as those of README.md are.
    private static func run(_ document: String) async throws -> Programs.Finished {
        let folder = try ScratchFolder()
        let path = try folder.file("document.md", document)
        return try await Programs.run("\(Programs.package)/scripts/readme-test.sh", [path])
    }

    private static func block(_ kind: String, _ lines: String...) -> String {
        "text\n\n```\(kind)\n\(lines.joined(separator: "\n"))\n```\n\n"
    }

    @Test func makeTestRunsTheReadme() throws {
        let makefile = try String(contentsOfFile: "\(Programs.package)/Makefile", encoding: .utf8)
        let recipe = try #require(
            makefile.components(separatedBy: "\ntest:\n").last?.components(separatedBy: "\n\n").first
        )
        #expect(recipe.contains("\tscripts/readme-test.sh\n\tscripts/python-client-test.sh\n"))
    }

    @Test func theCommandsOfADocumentAreRunInOrderInOneShell() async throws {
        let finished = try await Self.run(
            Self.block("sh", "export GREETING=hello", "cd scripts")
                + Self.block(
                    "console",
                    "$ echo $GREETING; test -x readme-test.sh",
                    "hello",
                    "$ false",
                    "$ echo $?",
                    "1"
                )
                + Self.block("sh service", "false")
                + Self.block("sh", "echo the last one")
        )
        #expect(finished.status == 0, "\(finished.errors)")
        #expect(finished.output.hasSuffix("the last one\n"), "\(finished.output)")
    }

    @Test func aCommandThatIsNotOnThePathIsAFailureThatNamesItsLine() async throws {
        let finished = try await Self.run(Self.block("sh", "true") + Self.block("sh", "terrarium-of-nowhere run"))
        #expect(finished.status != 0)
        #expect(finished.errors.contains("terrarium-of-nowhere: not found"), "\(finished.errors)")
        #expect(finished.errors.contains("readme-test: document.md:9: failed"), "\(finished.errors)")
        // The programs under test are not on the PATH by themselves either.
        #expect(try await Self.run(Self.block("sh", "terrarium --version")).status != 0)
    }

    @Test(arguments: [
        ["$ echo one", "two"], ["$ echo one"], ["$ echo one", "one", "one"], ["$ false", "$ echo $?", "0"],
    ])
    func aSessionThatShowsSomethingElseIsAFailure(lines: [String]) async throws {
        let finished = try await Self.run(Self.block("console", lines.joined(separator: "\n")))
        #expect(finished.status != 0)
        #expect(finished.errors.contains("document.md:3: failed"), "\(finished.errors)")
    }

    @Test(arguments: ["", "bash", "sh nowhere", "sh "]) func aBlockThatIsRunNowhereIsAFailure(kind: String) async throws
    {
        let finished = try await Self.run(Self.block("sh", "true") + Self.block(kind, "true"))
        #expect(finished.status != 0)
        #expect(finished.errors.contains("document.md:9: a block of the kind \"\(kind)\" is run nowhere"))
    }

    @Test func aBuildThatIsNotThatOfThePackageAndADocumentWithoutCommandsAreFailures() async throws {
        #expect(try await Self.run(Self.block("sh", "true") + Self.block("sh build", "make world")).status != 0)
        #expect(try await Self.run("no commands").status != 0)
        #expect(try await Self.run("```sh\ntrue\n").status != 0)
    }
}
