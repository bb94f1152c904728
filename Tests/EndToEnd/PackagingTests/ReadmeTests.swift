import Foundation
import TestSupport
import Testing

/// README.md and the documents: commands that work as pasted, links that lead somewhere. `make test` runs the commands with
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

    // MARK: Links

    /// What is wrong with the links of a document to files and headings of this repository.
    private static func brokenLinks(_ text: String, in document: String) throws -> [String] {
        let folder = URL(fileURLWithPath: "\(Programs.package)/\(document)").deletingLastPathComponent()
        return try text.matches(of: /\]\(([^)\s]+)\)/).compactMap { match in
            let target = String(match.output.1)
            guard !target.contains("://") else { return nil }
            let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let file =
                parts[0].isEmpty ? "\(Programs.package)/\(document)" : folder.appendingPathComponent(parts[0]).path
            guard FileManager.default.fileExists(atPath: file) else { return "\(document): \(target)" }
            guard parts.count > 1 else { return nil }
            let headings = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
                .filter { $0.hasPrefix("#") }
                .map(Self.anchor)
            return headings.contains(parts[1]) ? nil : "\(document): \(target)"
        }
    }

    /// The name of a heading in an address, as GitHub makes it.
    private static func anchor(_ heading: Substring) -> String {
        heading.drop { $0 == "#" || $0 == " " }.lowercased()
            .filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" || $0 == "_" }
            .replacing(" ", with: "-")
    }

    @Test func everyLinkOfTheDocumentsLeadsToAFileAndAHeading() throws {
        var documents = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "clients/python/README.md"]
        for folder in ["docs", "docs/decisions"] {
            let names = try FileManager.default.contentsOfDirectory(atPath: "\(Programs.package)/\(folder)")
                .filter { $0.hasSuffix(".md") }
            #expect(names.count >= 8)
            documents += names.map { "\(folder)/\($0)" }
        }
        var links = 0
        for document in documents {
            let text = try String(contentsOfFile: "\(Programs.package)/\(document)", encoding: .utf8)
            #expect(try Self.brokenLinks(text, in: document) == [])
            links += text.matches(of: /\]\([^)\s]+\)/).count
        }
        #expect(links >= 15)
        // The control: links that lead nowhere are found, next to some that do not.
        let bad =
            "[a](security.md) [b](no-such.md) [c](security.md#the-threat-model) [d](security.md#no-such) [e](#none)"
        #expect(
            try Self.brokenLinks(bad, in: "docs/operations.md")
                == [
                    "docs/operations.md: no-such.md", "docs/operations.md: security.md#no-such",
                    "docs/operations.md: #none",
                ]
        )
    }
}
