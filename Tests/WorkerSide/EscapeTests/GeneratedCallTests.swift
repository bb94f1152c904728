import Foundation
import TestSupport
import Testing

/// A search for C functions that lead past the attribute guards: every one that a task can hold is called in a library's
/// frame that has the name of every guarded attribute, with each of some 26 objects of the library, in some 25 shapes of
/// arguments. About 1.4 million calls. What they give must not be real; see `generator-library.txt`.
@Suite struct GeneratedCallTests {
    private struct Report: Decodable {
        var callables: Int
        var count: Int
        var found: [String: String]
    }

    private struct Item: Decodable {
        var json: Report
    }

    /// The calls are spread over several processes, each of which has 20 seconds.
    private static func search(_ base: PolicyRunner, parts: Int = 4) async throws -> Report {
        let library = try String(contentsOfFile: "\(EscapeSuite.folder)/../generator-library.txt", encoding: .utf8)
        let task = try String(contentsOfFile: "\(EscapeSuite.folder)/../generator-task.txt", encoding: .utf8)
        let crawl = try String(contentsOfFile: "\(EscapeSuite.folder)/../crawl.txt", encoding: .utf8)
        // The modules of `@safe`, as the crawl imports them.
        let imports = try #require(crawl.split(separator: "\n").first { $0.hasPrefix("import math, ") })
        let modules = imports.dropFirst("import ".count).replacing(" ", with: "")
        let folder = try ScratchFolder()
        _ = try folder.file("generator_library.py", library)
        let cases = (0..<parts).map { part in
            PolicyCase(
                name: "part\(part)",
                settings: [:],
                code: task.replacing("MODULES", with: modules).replacing("START", with: "\(part)")
                    .replacing("STEP", with: "\(parts)")
            )
        }
        var runner = base
        runner.external = runner.external.isEmpty ? "generator_library" : runner.external
        runner.sitePackages = folder.path
        let outcomes = try await runner.run(cases)
        var whole = Report(callables: 0, count: 0, found: [:])
        for job in cases {
            let outcome = try #require(outcomes[job.name])
            #expect(outcome.outcome == "succeeded", "\(job.name): \(outcome.message)")
            let report = try #require(try JSONDecoder().decode([Item].self, from: Data(outcome.items.utf8)).first).json
            whole.callables = report.callables
            whole.count += report.count
            whole.found.merge(report.found) { first, _ in first }
        }
        return whole
    }

    @Test func noFunctionInCHandsOutWhatAGuardedAttributeHolds() async throws {
        let report = try await Self.search(PolicyRunner())
        #expect(report.callables > 2000 && report.count > 1_000_000)
        #expect(report.found == [:])
    }

    /// The control: without the guards the kinds that are known lead out.
    @Test func withoutTheGuardsTheSameCallsLeadOut() async throws {
        let found = try await Self.search(.open).found.keys
        for kind in [
            "<class 'operator.attrgetter'>", "<class 'operator.methodcaller'>",
            "<slot wrapper '__getattribute__' of 'object' objects>",
            "<slot wrapper '__getattribute__' of 'method' objects>",
            "<slot wrapper '__getattribute__' of 'types.GenericAlias' objects>",
            "<slot wrapper '__getattribute__' of 'weakref.CallableProxyType' objects>",
            "<slot wrapper '__get__' of 'getset_descriptor' objects>",
            "<slot wrapper '__get__' of 'member_descriptor' objects>",
            "<method '__reduce__' of 'builtin_function_or_method' objects>",
            "<method '__reduce__' of 'method' objects>",
            "<method '__reduce__' of 'wrapper_descriptor' objects>",
        ] {
            #expect(found.contains(kind), "\(kind)")
        }
    }
}
