import Settings
import TestSupport
import Testing

@testable import Commands

/// What is generated from the description of the settings is the same as what is checked in.
@Suite struct DocumentsTests {
    private func document(_ path: String) async throws -> String {
        let finished = try await Programs.run("/bin/cat", ["\(Programs.package)/\(path)"])
        try #require(finished.status == 0)
        return finished.output
    }

    @Test func theExampleConfigurationIsUpToDate() async throws {
        #expect(try await self.document("runner.conf.example") == SettingsDocuments.exampleFile)
    }

    @Test func theTableOfSettingsIsUpToDate() async throws {
        #expect(try await self.document("docs/configuration.md").contains(SettingsDocuments.table))
    }

    @Test func theProgramPrintsBoth() async throws {
        let example = try await Programs.run(Programs.terrarium, ["config", "--example"])
        #expect(example.output == SettingsDocuments.exampleFile)
        let table = try await Programs.run(Programs.terrarium, ["config", "--documentation"])
        #expect(table.output == SettingsDocuments.table)
    }

    @Test func theHelpOfServeNamesEverySetting() async throws {
        let help = try await Programs.run(Programs.terrarium, ["serve", "--help"])
        for setting in Setting.all { #expect(help.output.contains(setting.variable)) }
    }

    @Test func theHelpOfRunNamesEveryExitCodeThatItHas() async throws {
        let help = try await Programs.run(Programs.terrarium, ["run", "--help"]).output
        let codes = try #require(help.split(separator: "Exit codes:").last?.split(separator: "Examples:").first)
        let named = codes.split { !$0.isNumber }.compactMap { Int32($0) }
        // A configuration that is none is bad input here, and one of its own only to "serve".
        #expect(named == ExitStatus.allCases.filter { $0 != .badConfiguration }.map(\.rawValue))
    }
}
