import Foundation
import Tasks
import TestSupport
import Testing

/// docs/errors: a page for every way in which something fails, with what is printed then.
@Suite struct ErrorPagesTests {
    private static let folder = "\(Programs.package)/docs/errors"

    private static func page(_ name: String) throws -> String {
        try String(contentsOfFile: "\(Self.folder)/\(name).md", encoding: .utf8)
    }

    @Test(arguments: FailureKind.allCases) func everyKindOfFailureHasAPage(kind: FailureKind) throws {
        let page = try Self.page(kind.name)
        #expect(page.hasPrefix("# \(kind.name)\n"))
        for part in ["**In the code.**", "**In the service.**"] {
            #expect(page.contains(part), "\(kind.name): \(part)")
        }
        #expect(try Self.page("README").contains("[\(kind.name)](\(kind.name).md)"))
    }

    @Test func everyTypeOfProblemHasASectionAndEverySectionAProblem() throws {
        // The types are written in the sources of the API.
        var types: Set<String> = []
        let sources = "\(Programs.package)/Sources/Service/HTTPAPI"
        for file in try FileManager.default.contentsOfDirectory(atPath: sources) where file.hasSuffix(".swift") {
            let text = try String(contentsOfFile: "\(sources)/\(file)", encoding: .utf8)
            types.formUnion(text.matches(of: /type: "([a-z]+(-[a-z]+)+|draining)",/).map { String($0.output.1) })
        }
        #expect(types.contains("malformed-json") && types.contains("unknown-task") && types.count >= 14, "\(types)")
        let sections = try Self.page("problems").matches(of: /\n## ([a-z-]+)\n/).map { String($0.output.1) }
        #expect(Set(sections) == types)
        #expect(sections.count == types.count)
    }

    @Test func everySettingOfThePagesExists() throws {
        let settings = try String(contentsOfFile: "\(Programs.package)/docs/configuration.md", encoding: .utf8)
        var names: Set<String> = []
        for file in try FileManager.default.contentsOfDirectory(atPath: Self.folder) {
            let text = try String(contentsOfFile: "\(Self.folder)/\(file)", encoding: .utf8)
            names.formUnion(text.matches(of: /`(TERRARIUM_[A-Z_]+)/).map { String($0.output.1) })
        }
        #expect(names.count >= 12)
        for name in names { #expect(settings.contains("`\(name)`"), "\(name)") }
    }

    /// Messages of Python differ between its versions.
    private static let isKnownPython = FileManager.default.fileExists(atPath: "/usr/bin/python3.11")

    /// As a user without a service sees it; the note about that is the same for all.
    private static var transcript: Transcript {
        var transcript = Transcript()
        transcript.environment = ["XDG_RUNTIME_DIR": "/nonexistent", "COLUMNS": "80"]
        transcript.replacements = [
            ("(?m)^note: no service is running, so .*\\n", ""),
            ("CPU time used: [0-9.]+ s", "CPU time used: 0 s"),
        ]
        return transcript
    }

    @Test(
        .enabled(if: Self.isKnownPython, "the pages show the messages of Python 3.11"),
        arguments: FailureKind.allCases.map(\.name) + ["settings", "service"]
    )
    func theExamplesOfThePagesPrintWhatThePagesShow(page: String) async throws {
        try await Self.transcript.check("\(Self.folder)/\(page).md", fence: "console")
        // The control: a page that shows something else is found.
        let shown = try await Self.transcript.rerun(["$ terrarium run -c 'return 5'\nsomething else\n"])[0]
        #expect(shown.contains("[invalid_result]") && !shown.contains("something else"), "\(shown)")
    }
}
